// The public API of hitrate/stores/redis. "npm run api" writes this file, and a test compares it with the sources.

import {
  SharedTier,
} from 'hitrate';

export type RedisClient = RedisSubscriber | UpstashClient;

export interface RedisStoreOptions {
    client: RedisClient;
    subscriber?: RedisSubscriber | undefined;
}

export type RedisSubscriber = IoredisClient | NodeRedisClient | NodeRedisCluster | BunRedisClient;

export declare function redisStore(options: RedisStoreOptions): SharedTier;

// Not exported, but part of the types above

interface BunRedisClient {
    onconnect: ((this: never) => void) | null;
    send(command: string, args: string[]): Promise<unknown>;
    connect(): Promise<unknown>;
    duplicate(): Promise<unknown>;
    close(): void;
}

interface IoredisClient {
    readonly isCluster: boolean;
    call(command: string, args: string[]): Promise<unknown>;
    duplicate(...overrides: never[]): unknown;
    on(event: string, listener: (...args: string[]) => void): unknown;
    off(event: string, listener: (...args: string[]) => void): unknown;
}

interface NodeRedisClient {
    readonly isOpen: boolean;
    readonly isReady: boolean;
    sendCommand(args: readonly string[]): Promise<unknown>;
    connect(): Promise<unknown>;
    destroy(): void;
    duplicate(...overrides: never[]): unknown;
    on(event: string, listener: (...args: string[]) => void): unknown;
    off(event: string, listener: (...args: string[]) => void): unknown;
}

interface NodeRedisCluster {
    sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>;
    getSlotRandomNode(slot: number): unknown;
    duplicate(...overrides: never[]): unknown;
    on(event: string, listener: (...args: string[]) => void): unknown;
    off(event: string, listener: (...args: string[]) => void): unknown;
}

interface UpstashClient {
    exec(args: [command: string, ...args: string[]]): Promise<unknown>;
    evalsha(...args: never[]): unknown;
}
