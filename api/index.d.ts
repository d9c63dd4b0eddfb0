// The public API of hitrate. "npm run api" writes this file, and a test compares it with the sources.

import {
  OnCallbackError,
  ProcessReaders,
  Registry,
  RequestEnd,
} from 'hitrate/metrics';

import {
  RemoteLease,
  RemoteNamespace,
  RemoteStore,
} from 'hitrate/stores/custom';

import {
  Context,
  ExecutionContext,
  Handler,
  Hono,
  MiddlewareHandler,
  Next,
} from 'hono';

export {
  Counter,
  CounterShape,
  EndLabelledObservation,
  EndLabelledTimer,
  EndObservation,
  EndTimer,
  EventLoopLag,
  Exemplar,
  ExemplarLabels,
  ExposeOptions,
  Exposition,
  FamilySnapshot,
  Gauge,
  GcKind,
  HeapSpace,
  Histogram,
  HistogramShape,
  HistogramSnapshot,
  HistogramTotals,
  HttpMetrics,
  HttpMetricsOptions,
  Identity,
  Info,
  InfoSpecs,
  LabelSpecs,
  LabelledCounter,
  LabelledGauge,
  LabelledHistogram,
  Labels,
  LatestGauge,
  MeasuredEnd,
  MeasuredOptions,
  MergeRule,
  Metric,
  NativeBuckets,
  NativeSnapshot,
  OnCallbackError,
  ProcessMetricsOptions,
  ProcessReaders,
  ReadSeries,
  Reading,
  Registry,
  RegistryOptions,
  RequestEnd,
  RequestMetricsOptions,
  RuntimeReaders,
  ScalarSnapshot,
  ScrapeOptions,
  SharedMetrics,
  Snapshot,
  SnapshotHub,
  SnapshotSource,
  Trace,
  Weighted,
  createRegistry,
  createSnapshotHub,
  declareProcessMetrics,
  expose,
  httpMetrics,
  measured,
  merge,
  scrape,
  setRoute,
} from 'hitrate/metrics';

export {
  RemoteStore,
  StoreError,
} from 'hitrate/stores/custom';

export interface About {
    method: string;
    route: string;
}

export interface AttachedCache {
    readonly name: string;
    readonly prefix: string;
    onEviction(key: string, reason: EvictionReason): void;
    onRemoval?(entry: Entry): void;
    onClear?(): void;
    takeReads?(): ReadCounts;
}

export interface AuditOptions {
    share: number;
    compare?: Compare;
    maxPerSecond?: number;
    maxConcurrent?: number;
    graceMs?: number;
}

export type BusMessage = Invalidation | 'lost' | Expiry | {
    confirmedKey: string;
} | {
    confirmedTag: string;
} | 'everything confirmed';

export interface Cache {
    readonly name: string;
    readonly enabled: boolean;
    now(): number;
    lookup<T>(key: string): Read<T> | undefined;
    get<T>(key: string, options?: GetOptions<T>): Promise<T | undefined>;
    getMany<T>(keys: readonly string[], options?: GetOptions<T>): Promise<(T | undefined)[]>;
    read<T>(key: string, load: Load<T>, options: ReadOptions<T> & {
        strategy: 'fresh';
    }): Promise<Read<T | undefined>>;
    read<T>(key: string, load: Load<T>, options?: ReadOptions<T>): Promise<Read<T>>;
    readMany<T>(keys: readonly string[], loadMany: LoadMany<T>, options?: ReadOptions<T>): Promise<Map<string, Read<T | undefined>>>;
    pass<T>(work: () => Promise<T>, about?: About): Promise<T>;
    peek<T>(key: string): Read<T> | undefined;
    has(key: string): boolean;
    keys(): Generator<string, void>;
    write<T>(key: string, value: T, options?: WriteOptions<T>): Promise<WriteResult>;
    delete(key: string): Promise<DeleteResult>;
    deleteMany(keys: readonly string[]): Promise<DeleteResult>;
    invalidateTags(tags: readonly string[]): Promise<InvalidateResult>;
    expire(key: string): Promise<InvalidateResult>;
    expireTags(tags: readonly string[]): Promise<InvalidateResult>;
    expireAll(): Promise<InvalidateResult>;
    clear(): Promise<InvalidateResult>;
    noteChanges(key: string): (tags?: readonly string[]) => boolean;
    entity<Input, Output extends Input, Id extends EntityId = string>(options: EntityOptions<Input, Output, Id> & EntityKey<Id>): Entity<Input, Output, Id>;
    wrap<Args extends unknown[], T>(fn: Wrappable<Args, T>, options?: WrapOptions<Args, NoInfer<T>>): Wrapped<Args, T>;
    warn(warning: Warning, about: About, error?: unknown): void;
    stats(options?: StatsOptions): CacheStats;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

export type CacheEvent = ({
    type: 'read';
    cache: string;
    outcome: Outcome;
    tier: Tier | undefined;
    durationMs: number;
} & Partial<About>) | ({
    type: 'load';
    cache: string;
    result: 'ok' | 'error';
    background: boolean;
    durationMs: number;
    error: unknown;
    keys?: number;
    retryInMs?: number;
} & Partial<About>) | {
    type: 'eviction';
    cache: string;
    tier: Tier;
    reason: EvictionReason;
} | {
    type: 'tier';
    cache: string;
    tier: Tier;
    operation: TierOperation;
    result: TierResult;
    durationMs?: number;
    error?: unknown;
} | {
    type: 'lease';
    cache: string;
    result: LeaseResult;
} | {
    type: 'lease-wait';
    cache: string;
    result: 'value' | 'none' | 'left';
    durationMs: number;
} | {
    type: 'invalidation';
    cache: string;
    scope: 'key' | 'tags' | 'all';
    count: number;
} | {
    type: 'bus';
    cache: string;
    operation: 'publish' | 'renew';
    error: unknown;
} | {
    type: 'bus-message';
    cache: string;
    direction: 'sent' | 'received';
} | {
    type: 'bus-gap';
    cache: string;
    reason: 'missing' | 'publisher-lost';
} | ({
    type: 'warning';
    cache: string;
    warning: Warning;
    error?: unknown;
} & About) | ({
    type: 'audit';
    cache: string;
    result: AuditResult;
    ageMs: number;
    error?: unknown;
} & Partial<About>);

export type CacheListener = (event: CacheEvent) => void;

export interface CacheOptions extends SharedTierOptions, ReadDefaults {
    name?: string;
    memory?: MemoryStore;
    remote?: SharedTier;
    enabled?: boolean;
    coalesce?: boolean;
    jitter?: number;
    earlyRefresh?: number;
    audit?: number | AuditOptions;
    random?: () => number;
    now?: () => number;
    timer?: () => number;
    schedule?: Schedule;
    onEvent?: CacheListener;
}

export interface CacheStats extends StoreStats {
    readonly remoteUp: boolean | undefined;
    readonly busUp: boolean | undefined;
    readonly listenerErrors: number;
    readonly top?: TopEntries;
}

export interface CachedOptions {
    cache: Cache;
    targetedControl?: TargetedControl;
    cacheControl?: string;
    vary?: string | string[];
    ignoredHeaders?: string[];
    ignoredVariables?: string[];
    keyGenerator?: KeyGenerator;
    cacheableStatusCodes?: number[];
    clientControl?: boolean;
    storeSetCookie?: boolean;
    staleOnThrow?: boolean;
    softTimeoutMs?: number;
    hardTimeoutMs?: number;
    failurePauseMs?: number;
    query?: string[];
    sortQuery?: boolean;
    front?: boolean;
    bufferBytes?: number;
    maxBodyBytes?: number;
    maxVariants?: number;
    serverTiming?: boolean;
    debug?: boolean;
    audit?: false | CompareResponses;
}

export interface Codec<T = unknown> {
    encode(value: T): Uint8Array<ArrayBuffer>;
    decode(bytes: Uint8Array<ArrayBuffer>): T | undefined;
    readonly version?: number;
    bytes?(value: T): number | undefined;
}

export type Compare<T = unknown> = (stored: T, loaded: T, key: string) => boolean;

export type CompareResponses = (stored: Response, loaded: Response) => boolean | Promise<boolean>;

export declare class DeadlineError extends Error {
    name: string;
    readonly cache: string;
    readonly deadlineMs: number;
    constructor(cache: string, deadlineMs: number);
}

export interface DeleteResult extends InvalidateResult {
    readonly removed: number;
}

export interface Demands {
    maxAgeMs?: number;
    minFreshMs?: number;
    maxStaleMs?: number;
}

export interface Entity<Input, Output extends Input, Id> {
    readonly name: string;
    readonly version: number;
    get(id: Id, options: EntityReadOptions<Input, Id> & {
        strategy: 'fresh';
    }): Promise<Output | null | undefined>;
    get(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Output | null>;
    getMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<(Output | null)[]>;
    read(id: Id, options: EntityReadOptions<Input, Id> & {
        strategy: 'fresh';
    }): Promise<Read<Output | null | undefined>>;
    read(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Read<Output | null>>;
    readMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<Read<Output | null>[]>;
    lookup(id: Id): Read<Output | null> | undefined;
    has(id: Id): boolean;
    put(id: Id, value: Input | null, lifetime?: Lifetime): Promise<WriteResult>;
    forget(id: Id): Promise<DeleteResult>;
    forgetMany(ids: readonly Id[]): Promise<DeleteResult>;
    forgetAll(): Promise<InvalidateResult>;
    key(id: Id): string;
}

export type EntityAnswer<Input> = Input | null | Loaded<Input | null>;

export type EntityId = KeyPart | readonly KeyPart[] | object;

export type EntityKey<Id> = [Id] extends [KeyPart | readonly KeyPart[]] ? {
    key?: (id: Id) => KeyPart | readonly KeyPart[];
} : {
    key: (id: Id) => KeyPart | readonly KeyPart[];
};

export type EntityLoad<Input, Id> = (id: Id, context: LoadContext) => EntityAnswer<Input> | Promise<EntityAnswer<Input>>;

export type EntityLoadMany<Input, Id> = (ids: readonly Id[], context: LoadContext) => ReadonlyMap<Id, EntityAnswer<Input>> | Promise<ReadonlyMap<Id, EntityAnswer<Input>>>;

export interface EntityOptions<Input, Output extends Input, Id> extends Omit<ReadOptions, OptionsSetByEntity | OfOneRead> {
    name: string;
    schema: StandardSchema<Input, Output>;
    version?: number;
    load: EntityLoad<NoInfer<Input>, Id>;
    loadMany?: EntityLoadMany<NoInfer<Input>, Id>;
    absentTtlMs?: number;
    tags?: (value: Output, id: Id) => readonly string[];
    codec?: Codec<Output>;
}

export interface EntityReadManyOptions<Input, Id> extends EntityReadOptions<Input, Id> {
    strategy?: Exclude<Strategy, 'fresh'>;
    loadMany?: EntityLoadMany<Input, Id>;
}

export interface EntityReadOptions<Input, Id> extends Omit<ReadOptions, OptionsSetByEntity> {
    load?: EntityLoad<Input, Id>;
}

export interface Entry<T = unknown> {
    readonly value: T;
    readonly madeAt: number;
    readonly freshUntil: number;
    readonly revalidateUntil: number;
    readonly errorUntil: number;
    readonly keptUntil: number;
    readonly mustRevalidate: boolean;
    readonly tags: readonly string[];
    readonly derivesTags?: boolean | undefined;
    readonly negative: boolean;
    readonly bytes: number;
    readonly sequence: number;
    checkedAt?: number;
    heldTags?: HeldTags | undefined;
    expiredAt?: number | undefined;
    readonly loadMs?: number | undefined;
    readonly remoteId?: string | undefined;
    readonly trustedUntil?: number | undefined;
}

export type EvictionReason = 'capacity' | 'expired';

export interface FoundEntry {
    readonly key: string;
    readonly bytes: number;
    readonly share?: number;
}

export interface FrontEnd {
    method: string;
    route: string;
    status: number;
    durationMs: number;
    bytes: number;
    url: string;
    hitHeaders: HeaderValues | undefined;
    peer: Peer | undefined;
}

export interface FrontOptions extends FrontHitsOptions {
    readHeader?: ((request: Request, env: unknown, name: string) => unknown) | undefined;
    peer?: ((request: Request, env: unknown) => Peer | undefined) | undefined;
}

export interface GetOptions<T = unknown> extends Demands {
    codec?: Codec<T>;
}

export type HeaderValues = readonly (string | undefined)[];

export interface HitHeaders {
    reads: readonly string[];
    sets: readonly string[];
    values(received: HeaderValues, status: number): HeaderValues | undefined | 'route';
}

export interface Instruments {
    onCacheEvent(event: CacheEvent): void;
    onRequestStart(): void;
    onRequestEnd(end: RequestEnd): void;
    onRequest(end: RequestEnd): void;
    watch(...caches: WatchedCache[]): () => void;
}

export interface InstrumentsOptions {
    registry: Registry;
    version: string;
    runtime: string;
    process?: ProcessReaders;
}

export declare class InvalidEntityError extends Error {
    name: string;
    readonly entity: string;
    readonly issues: readonly StandardIssue[];
    constructor(entity: string, issues: readonly StandardIssue[]);
}

export interface InvalidateResult {
    readonly confirmed: boolean;
}

export type Invalidation = {
    key: string;
} | {
    tag: string;
} | 'everything';

export interface InvalidationBus {
    readonly spansProcesses?: boolean;
    readonly capacity?: number;
    publish(messages: readonly BusMessage[]): void | Promise<void>;
    take(apply: (message: BusMessage) => void): void;
    current?(): boolean;
    renew?(): Promise<void>;
}

export interface InvalidationMemoryOptions {
    threads: number;
    bytesPerThread?: number;
}

export interface JudgedResponse {
    readonly status: number;
    readonly headers: Headers;
    readonly maxAge: number | undefined;
}

export type KeyGenerator = (c: Context) => string | Promise<string>;

export type KeyPart = string | number | bigint | boolean;

export interface Lifetime {
    ttlMs?: number | FreshAndStaleMs;
    nullTtlMs?: number;
    jitter?: number;
    staleWhileRevalidateMs?: number;
    staleIfErrorMs?: number;
    keepStaleMs?: number;
    mustRevalidate?: boolean;
    ageMs?: number;
    tags?: readonly string[];
    negative?: boolean;
    bytes?: number;
}

export type Load<T> = (context: LoadContext) => T | Loaded<T> | Promise<T | Loaded<T>>;

export interface LoadContext {
    signal: AbortSignal;
    background: boolean;
}

export type LoadMany<T> = (keys: readonly string[], context: LoadContext) => Pairs<T> | Promise<Pairs<T>>;

export declare class Loaded<T> {
    readonly value: T;
    readonly options: Resolved<LoadedOptions>;
    readonly report: unknown;
    readonly isComplete: boolean;
    constructor(value: T, options: Resolved<LoadedOptions>, report?: unknown, isComplete?: boolean);
}

export interface LoadedOptions extends Lifetime {
    keep?: boolean | string;
    share?: boolean;
    failed?: boolean;
    noStaleFallback?: boolean;
    failurePauseMs?: number;
    keepPrevious?: boolean;
    completed?: Promise<{
        value: unknown;
        bytes: number;
    } | undefined>;
}

export declare const MAX_KEY_LENGTH = 8192;

export interface MemoryStore {
    get(key: string): Entry | undefined;
    peek(key: string): Entry | undefined;
    set(key: string, entry: Entry): boolean;
    delete(key: string): boolean;
    clear(prefix: string): void;
    sweep(now: number): boolean;
    nextExpiry?(): number;
    keys?(prefix: string): Iterable<string>;
    scanTop?(): TopScan;
    stats(): StoreStats;
    attach(cache: AttachedCache): () => void;
}

export interface MemoryStoreOptions {
    maxBytes?: number;
    maxEntries?: number;
    eviction?: 'density' | 'lru';
    predictHitRatio?: boolean;
    engine?: Engine;
}

export type Outcome = (typeof outcomes)[number];

export interface Peer {
    readonly remoteAddress?: string | undefined;
}

export type PredictedHitRatio = Readonly<Record<'0.5x' | '1x' | '2x' | '4x', number>>;

export interface PurgeOptions {
    cache: PurgedCache | readonly PurgedCache[];
    fetch: (request: Request, env?: object, context?: ExecutionContext) => Response | Promise<Response>;
    token?: string;
}

export interface Purged {
    urls: number;
    tags: number;
    prefixes: number;
    all: boolean;
    unreached: string[];
    unmatched: string[];
    confirmed: boolean;
}

export interface Read<T> {
    value: T;
    outcome: Outcome;
    tier?: Tier;
    ageMs: number;
    expiresInMs: number;
    kept: boolean;
}

export type ReadDefaults = Pick<ReadOptions, 'ttlMs' | 'nullTtlMs' | 'staleWhileRevalidateMs' | 'staleIfErrorMs' | 'keepStaleMs' | 'softTimeoutMs' | 'hardTimeoutMs' | 'failurePauseMs' | 'retry'>;

export interface ReadOptions<T = unknown> extends Lifetime, Demands {
    strategy?: Strategy;
    staleOnThrow?: boolean;
    codec?: Codec<T>;
    signal?: AbortSignal;
    waitUntil?: (work: Promise<unknown>) => void;
    softTimeoutMs?: number;
    hardTimeoutMs?: number;
    failurePauseMs?: number;
    retry?: Retry;
    earlyRefresh?: number;
    audit?: false | Compare<T>;
}

export interface Retry {
    attempts: number;
    baseMs?: number;
    maxMs?: number;
    retryable: (error: unknown) => boolean;
}

export type Schedule = (run: () => void, ms: number) => () => void;

export interface SharedTier extends Pick<RemoteStore, 'name' | 'capabilities' | 'ping'> {
    close(): Promise<void>;
    readonly [CONNECT]: (core: CacheCore, options: SharedTierOptions) => ConnectedRemote;
}

export interface SharedTierOptions {
    namespace?: string;
    remoteTimeoutMs?: number;
    leaseMs?: number;
    maxUnsyncedMs?: number;
    invalidationBus?: InvalidationBus;
}

export interface StandardIssue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | {
        readonly key: PropertyKey;
    })[] | undefined;
}

export type StandardResult<Output> = {
    readonly value: Output;
    readonly issues?: undefined;
} | {
    readonly issues: readonly StandardIssue[];
};

export interface StandardSchema<Input = unknown, Output = Input> {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
        readonly types?: {
            readonly input: Input;
            readonly output: Output;
        } | undefined;
    };
}

export interface StatsOptions {
    top?: number;
}

export interface StoreStats {
    readonly entries: number;
    readonly bytes: number;
    readonly maxBytes: number;
    readonly predictedHitRatio?: PredictedHitRatio;
}

export type Strategy = 'fresh' | 'refresh' | 'invalidate' | 'bypass';

export type TargetedControl = string | Readonly<Record<string | number, string>> | ((response: JudgedResponse) => string | 0 | undefined);

export type Tier = 'memory' | 'remote';

export interface TopEntries {
    readonly hottest: readonly TopEntry[];
    readonly largest: readonly TopEntry[];
    readonly examined: number;
}

export interface TopEntry {
    readonly key: string;
    readonly bytes: number;
    readonly share?: number;
    readonly ageMs: number;
    readonly freshForMs: number;
}

export interface TopFound {
    readonly hottest: readonly FoundEntry[];
    readonly largest: readonly FoundEntry[];
    readonly examined: number;
}

export interface TopScan {
    next(count: number, accepts: (key: string) => boolean): TopFound;
}

export type Warning = `depends-on-${string}` | `reads-variable-${string}` | 'access-check-behind-cache' | 'targeted-control';

export interface WrapOptions<Args extends unknown[], T> extends Omit<ReadOptions<T>, 'strategy' | 'signal' | 'tags'> {
    name?: string;
    key?: (...args: Args) => KeyPart | readonly KeyPart[];
    tags?: readonly string[] | ((...args: Args) => readonly string[]);
}

export type Wrappable<Args extends unknown[], T> = (...args: Args) => T | Loaded<T> | Promise<T | Loaded<T>>;

export interface Wrapped<Args extends unknown[], T> {
    (...args: Args): Promise<T>;
    read(...args: Args): Promise<Read<T>>;
    key(...args: Args): string;
    forget(...args: Args): Promise<DeleteResult>;
    forgetAll(): Promise<InvalidateResult>;
}

export interface WriteOptions<T = unknown> extends Lifetime {
    codec?: Codec<T>;
}

export interface WriteResult extends InvalidateResult {
    readonly kept: boolean;
}

export declare function cached(options: CachedOptions): MiddlewareHandler;
export declare function cached<RouteHandler extends OwnHandler>(options: CachedOptions, handler: RouteHandler): RouteHandler;

export declare function createCache(options?: CacheOptions): Cache;

export declare function createInstruments(options: InstrumentsOptions): Instruments;

export declare function createInvalidationMemory(options: InvalidationMemoryOptions): SharedArrayBuffer;

export declare function front(fetch: Hono['fetch'], options: FrontOptions): Hono['fetch'];

export declare function keyOf(name: string, ...parts: readonly KeyPart[]): string;

export declare function loaded<T>(value: T, options: LoadedOptions): Loaded<T>;

export declare function memoryStore(options?: MemoryStoreOptions): MemoryStore;

export declare function purge(options: PurgeOptions): Handler;

export declare function setsNoHeaders<Handler extends object>(handler: Handler): Handler;

export declare function sharedMemoryBus(memory: SharedArrayBuffer, thread: number): InvalidationBus;

export declare const version = "0.2.0";

// Not exported, but part of the types above

type AnnouncementOf = (messages: readonly BusMessage[]) => string | undefined;

type AuditResult = 'same' | 'different' | 'failed';

declare const CONNECT: unique symbol;

interface CacheCore {
    readonly name: string;
    readonly enabled: boolean;
    readonly prefix: string;
    readonly memory: MemoryStore | undefined;
    readonly maxBytes: number;
    readonly coalesce: boolean;
    readonly jitter: number;
    readonly readDefaults: Resolved<ReadDefaults> | undefined;
    readonly writeDefaults: Resolved<Lifetime> | undefined;
    readonly earlyRefresh: number;
    readonly audit?: ResolvedAudit | undefined;
    readonly random: () => number;
    readonly clock: Clock;
    readonly now: () => number;
    readonly timer: () => number;
    readonly schedule: Schedule;
    readonly deadlines: Schedule;
    readonly background: Schedule;
    readonly emit: (event: CacheEvent) => void;
    readonly emitTier: (tier: Tier, operation: TierOperation, result: TierResult, details?: {
        durationMs?: number;
        error: unknown;
    }) => void;
    readonly log: InvalidationLog;
    readonly sync: InvalidationSync;
    readonly keys: KeySpaces;
    readonly terms: SharedTerms;
}

type CallEnd<T> = {
    ok: true;
    answer: T;
    durationMs: number;
} | {
    ok: false;
    result: 'error' | 'timeout' | 'out';
    error?: unknown;
    durationMs: number;
};

type CallKind = 'read' | 'write' | 'invalidate';

interface Clock {
    now(): number;
    nowAt(monotonicMs: number): number;
    precise(): number;
    whole(precise: number): number;
}

interface ConnectedRemote {
    remote: RemoteTier;
    memorySync: MemorySync;
    readonly up: boolean;
    readonly busUp: boolean | undefined;
    close(): Promise<void>;
}

declare class Deletion {
    #private;
    readonly sequence: number;
    constructor(keys: readonly string[], space: KeySpace, sequence: number);
    list(): boolean;
    covers(storeKey: string): boolean;
    takeStep(): readonly string[] | undefined;
    noteRemoved(storeKey: string): void;
    wasRemoved(storeKey: string): boolean;
    noteSent(storeKey: string, sent: Promise<boolean>): void;
    sent(storeKey: string): Promise<boolean> | undefined;
}

type Engine = 'v8' | 'jsc';

type Expiry = {
    expiredKey: string;
} | {
    expiredTag: string;
} | 'everything expired';

type FoundEntry = Omit<Entry, 'sequence'> & {
    readonly remoteId: string;
};

type FreshAndStaleMs = readonly [freshMs: number, staleMs: number];

interface FrontHitsOptions {
    cache: Cache;
    onRequest?: (end: FrontEnd) => void;
    hitHeaders?: HitHeaders;
    timer?: () => number;
    onError?: OnCallbackError;
}

interface HeldTags {
    readonly names: readonly string[];
    readonly ownNames: readonly string[] | undefined;
    isInvalidatedAfter(sequence: number): boolean;
    staleSince(sequence: number): number | undefined;
}

interface HttpKeySpace extends KeySpace {
    deriveTags(derive: (key: string) => readonly string[]): void;
}

interface Invalidated {
    removed: boolean[];
    isConfirmed: Promise<boolean>;
}

interface InvalidatedMemory {
    invalidate(invalidation: Invalidation): boolean;
    deleteFor(deletion: Deletion, storeKey: string): boolean;
    expire(expiry: Expiry): void;
}

declare class InvalidationLog {
    #private;
    constructor(limits?: MarkLimits);
    bytesOf(entries: number): number;
    get sequence(): number;
    get lastMark(): number;
    get heldTags(): number;
    get lastDerivedMark(): number;
    recordKey(key: string): void;
    beginDeletion(keys: readonly string[], space: KeySpace): Deletion;
    recordDeleted(key: string, { sequence }: Deletion): void;
    endDeletion(deletion: Deletion): void;
    get isDeleting(): boolean;
    deletionOf(key: string, sequence: number): Deletion | undefined;
    recordTag(tag: string): void;
    recordEverything(): void;
    recordExpiredKey(key: string, at: number): void;
    recordExpiredTag(tag: string, at: number): void;
    recordEverythingExpired(at: number): void;
    advance(): void;
    hold(entry: Marked): void;
    release(entry: Marked): void;
    releaseAll(): void;
    isInvalid(entry: Marked, sequence: number): boolean;
    entryStaleSince(entry: Marked, sequence: number): number | undefined;
    areTagsInvalidated(tags: readonly string[], sequence: number): boolean;
    isKeyInvalidated(key: string, sequence: number): boolean;
    staleSince(keys: readonly string[], tags: readonly string[], sequence: number): number | undefined;
}

declare class InvalidationSync {
    #private;
    constructor(name: string, bus: InvalidationBus | undefined, emit: (event: CacheEvent) => void);
    connect(loads: RunningLoads, memory: InvalidatedMemory, shared: SharedInvalidations | undefined): void;
    readonly applyPending: () => void;
    get isCurrent(): boolean;
    readonly receiveFromProcess: (message: BusMessage) => void;
    detachLoads(): void;
    readonly dropAll: () => void;
    invalidate(invalidations: readonly Invalidation[]): Invalidated;
    invalidateInProcess(invalidations: readonly Invalidation[]): Invalidated;
    publishConfirmed(invalidations: readonly Invalidation[]): void;
    deleteStep(deletion: Deletion, after: Promise<boolean>): Invalidated | undefined;
    get mayDeleteInSteps(): boolean;
    publishKeys(keys: readonly string[], { storeKeyOf }: KeySpace): Promise<boolean>;
    expire(expiries: readonly Expiry[], at: number): Promise<boolean>;
    renew(): Promise<void>;
}

interface KeySpace {
    toStoreKey(key: string): string | undefined;
    storeKeyOf(key: string): string;
    requireKey(key: string): void;
    keyOf(storeKey: string): string | undefined;
    derivedTags(storeKey: string): readonly string[];
}

interface KeySpaces {
    readonly data: KeySpace;
    readonly http: HttpKeySpace;
    of(storeKey: string): KeySpace;
}

declare class Lease {
    #private;
    constructor({ core, calls, entries, leaseMs }: LeaseParts, lease: RemoteLease, takenOver: boolean);
    get token(): string;
    store(entry: {
        bytes: Uint8Array<ArrayBuffer>;
        tags: readonly string[];
        ttlMs: number;
    }): Promise<{
        id: string;
    } | 'lost' | undefined>;
    release(): Promise<void>;
}

interface LeaseParts {
    core: CacheCore;
    calls: StoreCalls;
    entries: RemoteNamespace;
    leaseMs: number;
}

type LeaseResult = 'granted' | 'taken-over' | 'stored' | 'released' | 'lost';

declare class LeaseWaits {
    #private;
    constructor(schedule: Schedule, leaseMs: number);
    get messages(): number;
    wake(name: string): void;
    wait(name: string, since: number, polls: number, hasMessages: boolean, signal: AbortSignal): Promise<'woken' | 'poll' | 'left'>;
}

interface LifetimeOptions {
    ttlMs?: number | FreshAndStaleMs;
    nullTtlMs?: number;
    staleWhileRevalidateMs?: number;
}

interface MarkLimits {
    maxNames?: number;
    maxLength?: number;
    buckets?: number;
}

type Marked = Pick<Entry, 'tags' | 'heldTags'>;

interface MemorySync {
    isCurrent: () => boolean;
    connectedAt: () => number;
    maxUnsyncedMs: number;
}

type OfOneRead = 'strategy' | 'signal' | 'waitUntil';

type OptionsSetByEntity = 'codec' | 'tags' | 'negative' | 'nullTtlMs' | 'bytes' | 'ageMs';

type OwnHandler = (c: Context, next: Next) => unknown;

type Pairs<T> = Iterable<readonly [key: string, value: T | Loaded<T> | undefined]>;

type PurgedCache = Pick<Cache, 'invalidateTags' | 'clear' | 'expireTags' | 'expireAll'>;

interface ReadCounts {
    reads: number;
    hits: number;
}

declare class RemoteInvalidations {
    #private;
    constructor({ background: schedule, coalesce: mayShare, timer, sync, log }: CacheCore, calls: StoreCalls, entries: RemoteNamespace, announcementOf: AnnouncementOf);
    invalidate(invalidations: readonly Invalidation[], after?: Promise<boolean>): Promise<boolean>;
    track(key: string, attempt: Promise<boolean>): Promise<boolean>;
    expire(expiries: readonly Expiry[], at: number): Promise<boolean>;
    receive(message: BusMessage): void;
    get isUncertain(): boolean;
    mayRead(key: string): boolean | Promise<boolean>;
    settleTags(tags: readonly string[]): boolean | Promise<boolean>;
    unconfirmedTags(): ((tags: readonly string[]) => boolean) | undefined;
    close(): Promise<void>;
}

interface RemoteMessages {
    announcementOf: AnnouncementOf;
    isCurrent: () => boolean;
}

interface RemoteReadOptions {
    not?: string | undefined;
    lease: boolean;
    tags?: readonly string[] | undefined;
    signal?: AbortSignal | undefined;
    onWait?: (() => void) | undefined;
    budgetMs?: number;
}

declare class RemoteReads {
    #private;
    readonly waits: LeaseWaits;
    constructor(parts: RemoteReadsParts);
    read(key: string, codec: Codec | undefined, options: RemoteReadOptions): Promise<RemoteResult>;
}

interface RemoteReadsParts extends LeaseParts {
    invalidations: RemoteInvalidations;
    hasMessages: () => boolean;
}

type RemoteResult = {
    kind: 'value';
    entry: FoundEntry;
    askedAt: number;
    waited: boolean;
} | {
    kind: 'lease';
    lease: Lease;
} | {
    kind: 'absent' | 'refused' | 'failed';
};

declare class RemoteTier {
    #private;
    readonly reads: RemoteReads;
    readonly writes: RemoteWrites;
    readonly invalidations: RemoteInvalidations;
    constructor(core: CacheCore, store: RemoteStore, options: Pick<SharedTierOptions, 'namespace' | 'remoteTimeoutMs' | 'leaseMs'>, { announcementOf, isCurrent }: RemoteMessages);
    get up(): boolean;
    get timeoutMs(): number;
    get subscribe(): RemoteNamespace['subscribe'];
    announce(text: string): Promise<boolean>;
    close(): void;
}

declare class RemoteWrites {
    #private;
    constructor({ core, calls, entries, invalidations, announcementOf }: RemoteWritesParts);
    write(key: string, entry: Entry | undefined, codec: Codec | undefined, isValid: () => boolean): {
        isConfirmed: Promise<boolean>;
        stored: Promise<StoredRemotely>;
    };
    store(lease: Lease, entry: Entry, codec?: Codec): Promise<StoredRemotely>;
    remove(key: string): Promise<void>;
}

interface RemoteWritesParts {
    core: CacheCore;
    calls: StoreCalls;
    entries: RemoteNamespace;
    invalidations: RemoteInvalidations;
    announcementOf: AnnouncementOf;
}

type Resolved<Options extends LifetimeOptions> = Omit<Options, 'ttlMs'> & {
    ttlMs?: number;
};

type ResolvedAudit = Required<Omit<AuditOptions, 'compare'>> & Pick<AuditOptions, 'compare'>;

interface RunningLoads {
    detach(storeKey: string, before?: number): void;
    detachAll(): void;
}

interface SharedInvalidations {
    invalidate(invalidations: readonly Invalidation[], after?: Promise<boolean>): Promise<boolean>;
    expire(expiries: readonly Expiry[], at: number): Promise<boolean>;
    receive(message: BusMessage): void;
}

declare class SharedTerms {
    #private;
    of(wanted: Omit<Terms, 'since'> & Pick<Entry, 'madeAt'>): Terms;
}

declare class StoreCalls {
    #private;
    readonly timeoutMs: number;
    constructor(core: CacheCore, store: RemoteStore, timeoutMs: number);
    get up(): boolean;
    call<T>(operation: TierOperation, kind: CallKind, work: () => Promise<T>, resultOf?: (answer: T) => TierResult): Promise<T | undefined>;
    attempt<T>(kind: CallKind, work: () => Promise<T>): Promise<CallEnd<T>>;
    report(operation: TierOperation, result: TierResult, { durationMs, error }: {
        durationMs: number;
        error?: unknown;
    }): void;
    close(): void;
}

type StoredRemotely = {
    id: string;
} | 'lost' | undefined;

interface Terms {
    readonly since: number;
    readonly revalidateMs: number;
    readonly errorMs: number;
    readonly keepMs: number;
    readonly mustRevalidate: boolean;
    readonly negative: boolean;
    readonly derivesTags: boolean;
}

type TierOperation = 'get' | 'set' | 'delete' | 'clear' | 'invalidate' | 'expire' | 'renew' | 'release' | 'ping';

type TierResult = 'hit' | 'miss' | 'corrupt' | 'outdated' | 'ok' | 'busy' | 'refused' | 'lost' | 'absent' | 'error' | 'timeout' | 'out';

type WatchedCache = Pick<Cache, 'name' | 'stats'> & Partial<Pick<Cache, 'enabled'>>;

declare const outcomes: readonly ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass'];
