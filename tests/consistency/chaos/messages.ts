/** Lines of JSON between the test and its processes. All times are epoch ms with fractions. */
import type { Address } from '../stores/kind/address.ts'

/** How a key is written: the cache stores the value, or its entry is deleted, or its tag is invalidated. */
export type KeyKind = 'write' | 'delete' | 'tag' | 'refresh'

export const keys = ['write-0', 'write-1', 'delete-0', 'delete-1', 'tag-0', 'tag-1', 'refresh-0'] as const
export type Key = (typeof keys)[number]

/** The tag of all keys of the kind `tag`. */
export const TAG = 'tagged'

export function kindOf(key: Key): KeyKind {
  return key.slice(0, key.indexOf('-')) as KeyKind // every key begins with its kind
}

/** Begins the description of a read that shared a load of its own process, or waited for one of another process. */
export const JOINED = 'joined, '

export interface WorkerOptions {
  name: string
  address: Address
  hasMemory: boolean
  seed: number
  maxUnsyncedMs: number
  leaseMs: number
}

/** A request to the database. `lock` is answered when no other process has the key's lock. */
export type DatabaseOperation = 'get' | 'bump' | 'lock' | 'unlock'

export type FromWorker =
  | { type: 'ready' }
  | { type: 'pong'; id: number; now: number }
  | { type: 'database'; id: number; operation: DatabaseOperation; key: Key }
  | {
      type: 'read'
      key: Key
      version: number
      startedAt: number
      /** Start of the oldest read of the key that ran in this process then, this one included. */
      joinedAt: number
      endedAt: number
      how: string
    }
  | { type: 'called'; key: Key; version: number; at: number }
  | { type: 'written'; key: Key; version: number; confirmedAt: number | undefined }
  | { type: 'failed'; what: string }
  | { type: 'done'; id: number; events: Record<string, number> }

export type ToWorker =
  | { type: 'answer'; id: number; version: number }
  | { type: 'ping'; id: number }
  /** Begin to read and write. */
  | { type: 'play' }
  /** Stop, and answer `done` when all operations have ended. */
  | { type: 'stop'; id: number }
  /** Read every key once, and answer `done`. */
  | { type: 'read-all'; id: number }
  | { type: 'end' }
