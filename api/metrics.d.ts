// The public API of hitrate/metrics. "npm run api" writes this file, and a test compares it with the sources.

import {
  Context,
  Handler,
  MiddlewareHandler,
} from 'hono';

export type Counter = {
    inc(n?: number, exemplar?: ExemplarLabels): void;
};

export type CounterShape = {
    readonly scale?: number;
};

export type EndLabelledObservation<L extends LabelSpecs> = (labels?: Partial<Labels<L>>, exemplar?: ExemplarLabels) => number;

export type EndLabelledTimer<L extends LabelSpecs> = (labels?: Partial<Labels<L>>) => number;

export type EndObservation = (exemplar?: ExemplarLabels) => number;

export type EndTimer = () => number;

export type EventLoopLag = {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly stddev: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
};

export type Exemplar = {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timestamp: number;
};

export type ExemplarLabels = Readonly<Record<string, string>>;

export type ExposeOptions = {
    readonly accept?: string | undefined;
    readonly acceptEncoding?: string | undefined;
    readonly scrapeTimeout?: string | undefined;
    readonly deadlineMs?: number | undefined;
};

export type Exposition = {
    headers: Record<string, string>;
    body: string | Uint8Array;
};

export type FamilySnapshot = ScalarSnapshot | HistogramSnapshot;

export type Gauge = {
    set(value: number): void;
    inc(n?: number): void;
    dec(n?: number): void;
    startTimer(): EndTimer;
};

export type GcKind = (typeof gcKinds)[number];

export type HeapSpace = {
    readonly space: string;
    readonly total: number;
    readonly used: number;
    readonly available: number;
};

export type Histogram = {
    observe(value: number, exemplar?: ExemplarLabels): void;
    startTimer(): EndObservation;
};

export type HistogramShape = {
    readonly buckets?: readonly number[];
    readonly native?: boolean | {
        readonly schema: number;
    };
    readonly scale?: number;
};

export type HistogramSnapshot = FamilyHead & {
    readonly type: 'histogram';
    readonly bounds: readonly number[];
    readonly scale: number;
    readonly series: readonly Identity[];
    readonly values: readonly number[];
    readonly created: readonly number[];
    readonly exemplars?: readonly (readonly (Exemplar | undefined)[] | undefined)[];
    readonly native?: NativeSnapshot;
};

export type HistogramTotals = {
    readonly count: number;
    readonly sum: number;
};

export type HttpMetrics = MiddlewareHandler & {
    readonly onRequest: (end: RequestEnd) => void;
};

export interface HttpMetricsOptions extends RequestMetricsOptions {
    skip?: readonly string[] | ((c: Context) => boolean);
    exemplars?: boolean;
    streams?: boolean;
    onError?: OnCallbackError;
}

export type Identity = {
    readonly labels: readonly string[];
    readonly text: string;
};

export type Info<L extends InfoSpecs> = {
    with(labels: InfoLabels<L>): void;
    remove(labels: InfoLabels<L>): boolean;
};

export type InfoSpecs = Readonly<Record<string, string | LabelSpecs[string]>>;

export type LabelSpecs = Readonly<Record<string, readonly string[] | {
    readonly max: number;
}>>;

export type LabelledCounter<L extends LabelSpecs> = {
    with(labels: Labels<L>): Counter;
    remove(labels: Labels<L>): boolean;
};

export type LabelledGauge<L extends LabelSpecs, G extends LatestGauge = Gauge> = {
    with(labels: Labels<L>): G;
    remove(labels: Labels<L>): boolean;
    startTimer(labels?: Partial<Labels<L>>): EndLabelledTimer<L>;
};

export type LabelledHistogram<L extends LabelSpecs> = {
    with(labels: Labels<L>): Histogram;
    remove(labels: Labels<L>): boolean;
    startTimer(labels?: Partial<Labels<L>>): EndLabelledObservation<L>;
};

export type Labels<L extends LabelSpecs> = {
    readonly [Name in keyof L]: L[Name] extends readonly (infer Value extends string)[] ? Value : string;
};

export type LatestGauge = Pick<Gauge, 'set' | 'startTimer'>;

export interface MeasuredEnd {
    method: string;
    route: string;
    status: number;
    durationMs: number;
    isAborted: boolean;
    bytes: number | undefined;
    requestBytes: number | undefined;
    trace: Trace | undefined;
    details?: unknown;
}

export interface MeasuredOptions {
    onStart?: () => void;
    onEnd: (end: MeasuredEnd) => void;
    onHit?: (end: MeasuredEnd) => void;
    skip?: (c: Context) => boolean;
    timer?: () => number;
    streams?: boolean;
    details?: (c: Context) => unknown;
    trace?: boolean;
    onError?: OnCallbackError;
}

export type MergeRule = 'sum' | 'max' | 'min' | 'mean' | 'latest';

export type Metric = {
    readonly name: string;
    readonly help: string;
    readonly unit?: string;
};

export type NativeBuckets = {
    readonly zeroCount: number;
    readonly indexes: readonly number[];
    readonly counts: readonly number[];
};

export type NativeSnapshot = {
    readonly schema: number;
    readonly zeroThreshold: number;
    readonly series: readonly NativeBuckets[];
};

export type OnCallbackError = (error: unknown, callback: string) => unknown;

export type ProcessMetricsOptions = {
    readonly activeTotals?: boolean;
};

export type ProcessReaders = RuntimeReaders & {
    readonly cpuSeconds?: () => number;
    readonly cpuUserSeconds?: () => number;
    readonly cpuSystemSeconds?: () => number;
    readonly residentMemoryBytes?: () => number;
    readonly virtualMemoryBytes?: () => number;
    readonly processHeapBytes?: () => number;
    readonly memoryLimitBytes?: () => number;
    readonly startTimeSeconds?: () => number;
    readonly openFds?: () => number;
    readonly maxFds?: () => number;
    readonly close?: () => void;
};

export type ReadSeries = {
    (series: Counter | LatestGauge): number;
    (series: Histogram): HistogramTotals;
    each(metric: LabelledCounter<never> | LabelledGauge<never, LatestGauge>): Iterable<Reading<number>>;
    each(metric: LabelledHistogram<never>): Iterable<Reading<HistogramTotals>>;
};

export type Reading<V> = readonly [labels: Readonly<Record<string, string>>, value: V];

export type Registry = {
    counter<const L extends LabelSpecs>(options: Metric & Values<L>): void;
    counter(options: Metric & Value & {
        readonly labels?: never;
    }): void;
    counter<const L extends LabelSpecs>(options: Metric & CounterShape & Labelled<L>): LabelledCounter<L>;
    counter(options: Metric & CounterShape & Unlabelled): Counter;
    gauge<const L extends LabelSpecs>(options: Metric & Values<L, number | Weighted> & Merged): void;
    gauge<const L extends LabelSpecs>(options: Metric & PerThreadValues<L> & Merged): void;
    gauge(options: Metric & PerThread & Merged & {
        readonly labels?: never;
    }): void;
    gauge(options: Metric & Value<number | Weighted> & Merged & {
        readonly labels?: never;
    }): void;
    gauge<const L extends LabelSpecs>(options: Metric & Labelled<L> & Merged & {
        readonly threads: 'latest';
    }): LabelledGauge<L, LatestGauge>;
    gauge<const L extends LabelSpecs>(options: Metric & Labelled<L> & Combined & Merged): LabelledGauge<L>;
    gauge(options: Metric & Unlabelled & Merged & {
        readonly threads: 'latest';
    }): LatestGauge;
    gauge(options: Metric & Unlabelled & Combined & Merged): Gauge;
    histogram<const L extends LabelSpecs>(options: Metric & HistogramShape & Labelled<L>): LabelledHistogram<L>;
    histogram(options: Metric & HistogramShape & Unlabelled): Histogram;
    info<const L extends InfoSpecs>(options: Omit<Metric, 'unit'> & {
        readonly labels: L;
    }): Info<L>;
    share(options?: {
        readonly maxBytes?: number;
    }): SharedMetrics;
    attach(shared: SharedMetrics): void;
    release(shared: SharedMetrics): void;
    publish(): void;
    collect(): Snapshot;
    collectAsync(options?: {
        readonly deadlineMs?: number;
    }): Promise<Snapshot>;
};

export type RegistryOptions = {
    readonly onError?: (error: unknown, metric: string) => void;
    readonly now?: () => number;
    readonly timer?: () => number;
    readonly schedule?: (run: () => void, ms: number) => () => void;
};

export interface RequestEnd {
    method: string;
    route: string;
    status: number;
    durationMs: number;
    bytes?: number | undefined;
    requestBytes?: number | undefined;
    trace?: {
        traceId: string;
        spanId: string;
    } | undefined;
}

export interface RequestMetricsOptions {
    durationBuckets?: readonly number[];
    sizeBuckets?: readonly number[];
    native?: boolean;
    maxRoutes?: number;
    maxStatuses?: number;
}

export type RuntimeReaders = {
    readonly heapUsedBytes?: () => number;
    readonly heapTotalBytes?: () => number;
    readonly externalMemoryBytes?: () => number;
    readonly heapSpaces?: () => Iterable<HeapSpace>;
    readonly eventLoopLag?: () => EventLoopLag;
    readonly eventLoopUtilization?: () => number;
    readonly gcPauses?: (onPause: (kind: GcKind, seconds: number) => void) => unknown;
    readonly activeHandles?: () => readonly string[];
    readonly activeRequests?: () => readonly string[];
    readonly activeResources?: () => readonly string[];
    readonly nodeVersion?: () => string;
};

export type ScalarSnapshot = FamilyHead & {
    readonly type: 'counter' | 'gauge' | 'info';
    readonly series: readonly Identity[];
    readonly values: readonly number[];
    readonly created?: readonly number[];
    readonly exemplars?: readonly (Exemplar | undefined)[];
    readonly merge?: MergeRule;
    readonly weights?: readonly number[];
};

export interface ScrapeOptions {
    token?: string;
    deadlineMs?: number;
}

export type SharedMetrics = {
    readonly buffer: SharedArrayBuffer;
    readonly arena: number;
    readonly generation: number;
};

export type Snapshot = {
    readonly families: readonly FamilySnapshot[];
};

export type SnapshotHub = {
    update(member: MemberId, snapshot: Snapshot): void;
    remove(member: MemberId): void;
    collect(): Snapshot;
};

export type SnapshotSource = {
    collect(): Snapshot | Promise<Snapshot>;
    collectAsync?(options?: {
        readonly deadlineMs?: number;
    }): Promise<Snapshot>;
};

export interface Trace {
    traceId: string;
    spanId: string;
}

export type Weighted = {
    readonly value: number;
    readonly weight: number;
};

export declare function createRegistry(options?: RegistryOptions): Registry;

export declare function createSnapshotHub(): SnapshotHub;

export declare function declareProcessMetrics(registry: Registry, readers: ProcessReaders, options?: ProcessMetricsOptions): void;

export declare function expose(registry: SnapshotSource | readonly SnapshotSource[], options?: ExposeOptions): Promise<Exposition>;

export declare function httpMetrics(registry: Registry, options?: HttpMetricsOptions): HttpMetrics;

export declare function measured(options: MeasuredOptions): MiddlewareHandler;

export declare function merge(snapshots: readonly Snapshot[]): Snapshot;

export declare function scrape(registry: SnapshotSource | readonly SnapshotSource[], options?: ScrapeOptions): Handler;

export declare function setRoute(c: Context, pattern: string): void;

// Not exported, but part of the types above

type Combination = 'sum' | 'max' | 'latest';

type Combined = {
    readonly threads?: 'sum' | 'max';
};

type FamilyHead = {
    readonly name: string;
    readonly help: string;
    readonly unit: string | undefined;
    readonly labelNames: readonly string[];
};

type InfoLabels<L extends InfoSpecs> = {
    readonly [Name in keyof L as L[Name] extends string ? never : Name]: L[Name] extends readonly (infer Value extends string)[] ? Value : string;
};

type Labelled<L extends LabelSpecs> = {
    readonly labels: L;
    readonly value?: never;
    readonly values?: never;
};

type MemberId = string | number;

type Merged = {
    readonly merge?: MergeRule;
};

type PerThread = {
    readonly value: () => number | PromiseLike<number>;
    readonly threads: Combination;
};

type PerThreadResult<L extends LabelSpecs> = Iterable<readonly [Labels<NoInfer<L>>, number]>;

type PerThreadValues<L extends LabelSpecs> = {
    readonly labels: L;
    readonly values: () => PerThreadResult<L> | PromiseLike<PerThreadResult<L>>;
    readonly threads: Combination;
};

type Unlabelled = {
    readonly labels?: never;
    readonly value?: never;
    readonly values?: never;
};

type Value<N = number> = {
    readonly value: (read: ReadSeries) => N | PromiseLike<N>;
};

type Values<L extends LabelSpecs, N = number> = {
    readonly labels: L;
    readonly values: (read: ReadSeries) => ValuesResult<L, N> | PromiseLike<ValuesResult<L, N>>;
};

type ValuesResult<L extends LabelSpecs, N> = Iterable<readonly [Labels<NoInfer<L>>, N]>;

declare const gcKinds: readonly ['major', 'minor', 'incremental', 'weakcb'];
