// The public API of hitrate/stores/memcached. "npm run api" writes this file, and a test compares it with the sources.

import {
  SharedTier,
} from 'hitrate';

export interface MemcachedStoreOptions {
    servers: string | readonly string[];
    tls?: boolean | TlsOptions | undefined;
    username?: string | undefined;
    password?: string | undefined;
}

export interface TlsOptions {
    readonly ca?: string | Uint8Array | undefined;
    readonly cert?: string | Uint8Array | undefined;
    readonly key?: string | Uint8Array | undefined;
    readonly passphrase?: string | undefined;
    readonly servername?: string | undefined;
    readonly rejectUnauthorized?: boolean | undefined;
}

export declare function memcachedStore(options: MemcachedStoreOptions): SharedTier;
