// The public API of hitrate/stores/workers-kv. "npm run api" writes this file, and a test compares it with the sources.

import {
  SharedTier,
} from 'hitrate';

export interface KvNamespace {
    get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>;
    put(key: string, value: Uint8Array, options: {
        expirationTtl: number;
    }): Promise<void>;
    delete(key: string): Promise<void>;
}

export interface WorkersKvStoreOptions {
    namespace: KvNamespace;
}

export declare function workersKvStore(options: WorkersKvStoreOptions): SharedTier;
