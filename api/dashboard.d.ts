// The public API of hitrate/dashboard. "npm run api" writes this file, and a test compares it with the sources.

import {
  Cache,
  Schedule,
} from 'hitrate';

import {
  SnapshotSource,
} from 'hitrate/metrics';

import {
  ExecutionContext,
  Hono,
} from 'hono';

export interface CacheFigures {
    readonly name: string;
    readonly reads?: Reads;
    readonly hitRate?: number;
    readonly latency: {
        readonly hit?: Quantiles;
        readonly load?: Quantiles;
    };
    readonly loads?: {
        readonly ok: number;
        readonly error: number;
    };
    readonly stored?: {
        readonly entries: number;
        readonly bytes: number;
        readonly maxBytes: number;
    };
    readonly evictions?: Readonly<Record<string, number>>;
    readonly predictedHitRatio?: Readonly<Record<'0.5x' | '1x' | '2x' | '4x', number>>;
    readonly tiers: readonly TierFigures[];
    readonly busUp?: boolean;
    readonly invalidations?: Readonly<Record<string, number>>;
    readonly warnings?: Readonly<Record<string, number>>;
    readonly audits?: Readonly<Record<string, number>>;
    readonly top?: TopFigures;
}

export interface CacheSample {
    readonly reads?: Reads;
    readonly bytes?: number;
    readonly hit?: Quantiles;
    readonly load?: Quantiles;
}

export interface DashboardData {
    readonly at: number;
    readonly title: string;
    readonly build?: {
        readonly version: string;
        readonly runtime: string;
    };
    readonly caches: readonly CacheFigures[];
    readonly routes: readonly RouteFigures[];
    readonly requests?: RequestFigures;
    readonly requestsInFlight?: number;
    readonly process?: ProcessFigures;
    readonly history: History;
    readonly purge?: {
        readonly needsToken: boolean;
    };
    readonly controls?: readonly ControlState[];
}

export interface DashboardOptions {
    registry: SnapshotSource | readonly SnapshotSource[];
    cache?: Cache | readonly Cache[];
    purge?: DashboardPurge;
    title?: string;
    showKeys?: boolean;
    controls?: readonly DashboardControl[];
    history?: HistoryOptions | false;
}

export interface DashboardPurge {
    fetch: (request: Request, env?: object, context?: ExecutionContext) => Response | Promise<Response>;
    token?: string;
}

export interface FileUrls {
    css: string;
    js: string;
}

export interface History {
    readonly everyMs: number;
    readonly samples: readonly HistorySample[];
}

export interface HistoryOptions {
    everyMs?: number;
    samples?: number;
    schedule?: Schedule;
    now?: () => number;
}

export interface HistorySample {
    readonly at: number;
    readonly caches: Readonly<Record<string, CacheSample>>;
    readonly requests?: RequestFigures;
}

export interface ProcessFigures {
    readonly startedAt?: number;
    readonly cpuSeconds?: number;
    readonly residentBytes?: number;
    readonly threads?: number;
    readonly threadRestarts?: number;
    readonly eventLoopP99Seconds?: number;
}

export interface Quantiles {
    readonly count: number;
    readonly p50: number;
    readonly p99: number;
}

export type Reads = Readonly<Record<Outcome, number>>;

export interface RequestFigures {
    readonly requests: number;
    readonly errors: number;
    readonly latency?: Quantiles;
}

export interface RouteFigures extends RequestFigures {
    readonly method: string;
    readonly route: string;
}

export interface TierFigures {
    readonly tier: string;
    readonly isUp?: boolean;
    readonly operations?: number;
    readonly errors?: number;
}

export interface TopFigures {
    readonly hottest: readonly TopEntry[];
    readonly largest: readonly TopEntry[];
    readonly examined: number;
}

export declare function dashboard(options: DashboardOptions): Hono;

export declare function dashboardWithoutFiles(options: DashboardOptions, urls?: FileUrls): Hono;

// Not exported, but part of the types above

interface ControlState {
    readonly label: string;
    readonly description: string;
    readonly isOn?: boolean;
    readonly result?: string;
}

interface DashboardControl {
    label: string;
    description: string;
    action(): Promise<string>;
    isOn?(): boolean;
}

type Outcome = 'hit' | 'stale' | 'miss' | 'coalesced' | 'error' | 'bypass';

interface TopEntry {
    readonly key?: string;
    readonly bytes: number;
    readonly share?: number;
    readonly ageMs: number;
    readonly freshForMs?: number;
}
