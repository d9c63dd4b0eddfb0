// The public API of hitrate/stores/custom. "npm run api" writes this file, and a test compares it with the sources.

import {
  SharedTier,
} from 'hitrate';

export interface PlainStoreOptions {
    name: string;
    get(key: string): Promise<Uint8Array | undefined | null>;
    set(key: string, bytes: Uint8Array<ArrayBuffer>, ttlMs: number): Promise<unknown>;
    delete(key: string): Promise<unknown>;
    ping?(): Promise<unknown>;
    consistent?: boolean;
}

export type RemoteAnswer = {
    readonly kind: 'value';
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly id: string;
    readonly expiredAt?: number | undefined;
} | {
    readonly kind: 'lease';
    readonly token: string;
    readonly takenOver: boolean;
} | {
    readonly kind: 'busy' | 'absent' | 'refused';
} | {
    readonly kind: 'failed';
    readonly error: unknown;
};

export interface RemoteChange {
    readonly keys?: readonly string[];
    readonly tags?: readonly string[];
    readonly everything?: boolean;
}

export interface RemoteEntry extends RemoteLease {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly tags: readonly string[];
    readonly ttlMs: number;
}

export interface RemoteHandlers {
    onAnnouncement(announcement: string): void;
    onWake(name: string): void;
    onConnection(isConnected: boolean): void;
}

export interface RemoteLease {
    readonly name: string;
    readonly version: string;
    readonly token: string;
}

export interface RemoteNamespace {
    readonly readsTags?: boolean;
    read(requests: readonly RemoteRead[]): Promise<RemoteAnswer[]>;
    store(entry: RemoteEntry): Promise<StoreResult>;
    renew(lease: RemoteLease): Promise<boolean>;
    release(lease: RemoteLease): Promise<void>;
    startWrite(name: string, version: string, announcement?: string, tags?: readonly string[]): Promise<string | undefined>;
    invalidate(change: RemoteChange, announcement?: string): Promise<void>;
    expire(change: RemoteChange, at: number, announcement?: string): Promise<void>;
    clear(announcement?: string): Promise<void>;
    announce?(announcement: string): Promise<void>;
    subscribe?(handlers: RemoteHandlers): () => Promise<void>;
}

export interface RemoteNamespaceOptions {
    namespace: string;
    leaseMs: number;
    timeoutMs?: number;
}

export interface RemoteRead {
    readonly name: string;
    readonly version: string;
    readonly not?: string | undefined;
    readonly lease: boolean;
    readonly tags?: readonly string[] | undefined;
}

export interface RemoteStore {
    readonly name: string;
    readonly capabilities: StoreCapabilities;
    open(options: RemoteNamespaceOptions): RemoteNamespace;
    ping(): Promise<void>;
    close?(): Promise<void>;
}

export interface StoreCapabilities {
    readonly leases: boolean;
    readonly consistent: boolean;
}

export declare class StoreError extends Error {
    name: string;
}

export type StoreResult = 'stored' | 'lost' | 'too-large';

export declare function plainStore(options: PlainStoreOptions): SharedTier;

export declare function sharedTier(store: RemoteStore): SharedTier;
