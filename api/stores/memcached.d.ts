// The public API of hitrate/stores/memcached. "npm run api" writes this file, and a test compares it with the sources.

import {
  SharedTier,
} from 'hitrate';

export interface MemcachedClient {
    get(key: string): Promise<{
        value: Uint8Array | null;
    }>;
    set(key: string, value: unknown, options: {
        expires: number;
    }): Promise<boolean>;
    delete(key: string): Promise<boolean>;
}

export interface MemcachedStoreOptions {
    client: MemcachedClient;
    now?: () => number;
}

export declare function memcachedStore(options: MemcachedStoreOptions): SharedTier;
