// The public API of hitrate/process. "npm run api" writes this file, and a test compares it with the sources.

import {
  ProcessReaders,
} from 'hitrate/metrics';

export interface ProcessReadersOptions {
    startedAt?: number;
    eventLoop?: boolean;
    eventLoopWindowMs?: number;
    eventLoopResolutionMs?: number;
    gc?: boolean;
    handles?: boolean;
}

export type RunningProcessReaders = ProcessReaders & {
    close(): void;
};

export declare function processReaders(options?: ProcessReadersOptions): RunningProcessReaders;
