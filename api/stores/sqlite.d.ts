// The public API of hitrate/stores/sqlite. "npm run api" writes this file, and a test compares it with the sources.

import {
  SharedTier,
} from 'hitrate';

export interface SqliteStoreOptions {
    path: string;
    maxBytes?: number | undefined;
    pollMs?: number | undefined;
    now?: (() => number) | undefined;
}

export declare function sqliteStore(options: SqliteStoreOptions): SharedTier;
