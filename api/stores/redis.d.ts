// The public API of hitrate/stores/redis. "npm run api" writes this file, and a test compares it with the sources.

import {
  RemoteStore,
} from 'hitrate';

export interface RedisClient {
    getBuffer(key: string): Promise<Uint8Array | null>;
    set(key: string, value: unknown, px: 'PX', milliseconds: number): Promise<unknown>;
    del(key: string): Promise<unknown>;
    ping(): Promise<unknown>;
}

export interface RedisStoreOptions {
    client: RedisClient;
}

export declare function redisStore(options: RedisStoreOptions): RemoteStore;
