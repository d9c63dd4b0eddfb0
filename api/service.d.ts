// The public API of hitrate/service. "npm run api" writes this file, and a test compares it with the sources.

import {
  Cache,
  FrontOptions,
  Instruments,
  Outcome,
} from 'hitrate';

import {
  Registry,
  RequestEnd,
} from 'hitrate/metrics';

import {
  Hono,
} from 'hono';

import {
  z,
} from 'zod';

export interface AnsweredRequest extends RequestEnd {
    path: string;
    client?: string | undefined;
    requestId?: string | undefined;
    traceId?: string | undefined;
    outcome?: Outcome | undefined;
}

export type ClientOf = (request: Request, env: unknown) => string | undefined;

export declare const DEFAULT_TARGETED_CONTROL = "max-age=60, stale-while-revalidate=300, stale-if-error=86400";

export type FailureReason = 'damaged' | 'disk full' | 'locked' | 'moved' | 'read-only' | 'unreadable';

export interface InMemoryOptions {
    now?: () => number;
}

export interface Parts {
    repository: UserRepository;
    cache: Cache;
    registry: Registry;
    instruments: Pick<Instruments, 'onRequestStart' | 'onRequestEnd' | 'onRequest'>;
    tiers: Readonly<Record<string, () => Promise<void>>>;
    version: string;
    runtime: string;
    uptimeSeconds: () => number;
    phase?: () => Phase;
    targetedControl: string;
    hardTimeoutMs?: number;
    apiToken?: string | undefined;
    openWrites?: boolean;
    readToken?: string | undefined;
    corsOrigins?: '*' | readonly string[] | undefined;
    metricsToken?: string | undefined;
    adminToken?: string | undefined;
    apiDocs?: boolean;
    requestIds?: RequestIdMode;
    onRequest?: (request: AnsweredRequest) => void;
    clientOf?: ClientOf | undefined;
    onRefused?: (request: RefusedRequest) => void;
    requestField?: FrontOptions['readHeader'] | undefined;
    onError?: (error: unknown, context: Record<string, string>) => void;
    onRecovery?: (part: string) => void;
}

export declare class RepositoryBusyError extends RepositoryError {
    constructor(message: string, options?: ConstructorParameters<typeof RepositoryError>[1]);
}

export declare class RepositoryError extends Error {
    name: string;
    readonly reason: FailureReason | undefined;
    constructor(message: string, options?: ErrorOptions & {
        reason?: FailureReason | undefined;
    });
}

export type RequestIdMode = 'off' | 'on' | 'all';

export interface StoredUser extends User {
    modifiedAt?: number;
}

export type User = z.infer<typeof user>;

export type UserChange = z.infer<typeof userChange>;

export declare class UserExistsError extends Error {
    name: string;
    readonly id: string;
    constructor(id: string);
}

export interface UserRepository {
    find(id: string): Promise<StoredUser | undefined>;
    findMany(ids: readonly string[]): Promise<StoredUser[]>;
    page(limit: number, after?: string): Promise<StoredUser[]>;
    count(): Promise<number>;
    create(user: User): Promise<StoredUser>;
    update(id: string, change: UserChange): Promise<StoredUser | undefined>;
    updateIfUnchanged?(current: StoredUser, change: UserChange): Promise<StoredUser | undefined>;
    remove(id: string): Promise<boolean>;
    removeIfUnchanged?(current: StoredUser): Promise<boolean>;
    ping(): Promise<void>;
    close(): Promise<void>;
}

export declare function createApp(parts: Parts): Hono;

export declare function createFetch(app: Hono, parts: FrontParts): Hono['fetch'];

export declare const demoUsers: readonly User[];

export declare function inMemoryRepository(users?: readonly User[], { now }?: InMemoryOptions): CompleteRepository;

// Not exported, but part of the types above

type CompleteRepository = Required<UserRepository>;

type FrontParts = Pick<Parts, 'cache' | 'instruments' | 'requestIds' | 'corsOrigins' | 'onRequest' | 'clientOf' | 'requestField' | 'onError'>;

type Phase = 'starting' | 'ready' | 'stopping';

interface RefusedRequest {
    method: string;
    path: string;
    status: number;
    reason: string;
    errors?: string;
    client?: string;
    requestId?: string;
    traceId?: string;
}

declare const user: z.ZodObject<{
    id: z.ZodString;
    name: z.ZodString;
    email: z.ZodEmail;
}, z.core.$strict>;

declare const userChange: z.ZodObject<{
    name: z.ZodString;
    email: z.ZodEmail;
}, z.core.$strict>;
