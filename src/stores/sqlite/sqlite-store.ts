/** Store in a SQLite file that the threads and processes of one machine share. */
import { resolve } from 'node:path'
import {
  aFunction,
  type OptionRule,
  type OptionRules,
  requireOptions,
  validateOptions,
} from '../../options.ts'
import { attempt, type RemoteStore } from '../store.ts'
import { SharedFile } from './file/shared-file.ts'
import { Housekeeping } from './housekeeping.ts'
import { MessagePoll } from './message-poll.ts'
import { SqliteNamespace } from './sqlite-namespace.ts'
import { Patience } from './timing/patience.ts'
import { type Timing, timingOf } from './timing/timing.ts'

export interface SqliteStoreOptions {
  /**
   * Path of the file, on a local disk. It is created with its folder; beside it are files whose names end in `-wal`, `-shm`
   * and `-lock`. The file of another program is never changed.
   */
  path: string
  /** Size of the file in use, in bytes. Above it, values that were not read lately are removed. Default: 1 GiB. */
  maxBytes?: number | undefined
  /** Time between two looks for messages of other processes, in ms. Default: 20. */
  pollMs?: number | undefined
  /** Clock of the machine, epoch ms. Default: `Date.now`. */
  now?: (() => number) | undefined
}

/**
 * A store in a SQLite file, through `node:sqlite`.
 *
 * The file outlives its processes, but not a restart of the machine: it is never flushed to the disk, so it is replaced then.
 *
 * Every method rejects with a {@link StoreError} when the file cannot be used.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong type.
 */
export function sqliteStore(options: SqliteStoreOptions): RemoteStore & { close(): Promise<void> } {
  validateOptions('sqliteStore', options, rules)
  requireOptions('sqliteStore', options, rules, ['path'])
  const { path, maxBytes = DEFAULT_MAX_BYTES, pollMs = DEFAULT_POLL_MS, now } = options
  return openStore({ path, maxBytes, pollMs, timing: timingOf(now) })
}

const DEFAULT_MAX_BYTES = 1024 ** 3
const DEFAULT_POLL_MS = 20

/** The tables of an empty file need some room. */
const LEAST_MAX_BYTES = 1024 ** 2

const aPath: OptionRule = {
  expected: 'the path of a file',
  isValid: (value) => typeof value === 'string' && value !== '' && value !== ':memory:',
}

const rules: OptionRules<SqliteStoreOptions> = {
  path: aPath,
  maxBytes: {
    expected: `a whole number of bytes, at least ${LEAST_MAX_BYTES}`,
    isValid: (value) => Number.isSafeInteger(value) && Number(value) >= LEAST_MAX_BYTES,
  },
  pollMs: {
    expected: 'a number of milliseconds above 0',
    isValid: (value) => typeof value === 'number' && value > 0 && Number.isFinite(value),
  },
  now: aFunction,
}

interface StoreParts {
  readonly path: string
  readonly maxBytes: number
  readonly pollMs: number
  readonly timing: Timing
}

/** Time in ms for which a ping waits for a lock of the file. */
const PING_MS = 40

export function openStore({
  path,
  maxBytes,
  pollMs,
  timing,
}: StoreParts): RemoteStore & { close(): Promise<void> } {
  // The path is made absolute, so that SQLite cannot mistake it for a `file:` URI.
  const file = new SharedFile(resolve(path), timing)
  const poll = new MessagePoll(file, timing, pollMs)
  const housekeeping = new Housekeeping(file, timing, maxBytes)
  const prefix = crypto.randomUUID().replaceAll('-', '').slice(0, 24)
  let count = 0
  const parts = { file, timing, poll, maxBytes, unique: () => `${prefix}.${count++}` }

  return {
    name: 'sqlite',
    capabilities: { leases: true, consistent: true },
    open(options) {
      housekeeping.start()
      return new SqliteNamespace(parts, options)
    },
    async ping() {
      await attempt('SQLite', 'answer a ping', () =>
        file.run(new Patience(timing, PING_MS), ({ tables }) => tables.facts.get('boot')),
      )
    },
    async close() {
      poll.close()
      housekeeping.close()
      file.close()
    },
  }
}
