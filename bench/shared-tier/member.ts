/**
 * One process of a library, controlled by messages of its parent: reads, writes, and the times at which they happen.
 *
 *     fork('bench/shared-tier/member.ts', ['<library>', '<address of the store, as JSON>', '<port of the database>'])
 */
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { answerCalls } from '../called-process.ts'
import { type LibraryName, libraries } from './libraries.ts'

/** Times are those of the machine's monotonic clock, in ms, so that processes can compare them. */
export interface History {
  /** Key, version and time at which the deletion was confirmed. */
  writes: [key: number, version: number, at: number][]
  /** Key, version and time at which the read began. */
  reads: [key: number, version: number, at: number][]
}

const [library, address = '', databasePort] = process.argv.slice(2)
const cache = await libraries[library as LibraryName](JSON.parse(address)) // the parent sends no other name
const database = new Redis(Number(databasePort), '127.0.0.1')

const commands = {
  async ready(): Promise<boolean> {
    await cache.read('ready', async () => 1)
    await database.ping()
    return true
  },

  /** Many readers of one cold key. */
  async stampede(key: string, readers: number, loadMs: number) {
    let loads = 0
    async function load(): Promise<number> {
      loads++
      process.send?.({ event: 'loading' })
      await sleep(loadMs)
      return 1
    }
    const startedAt = clock()
    const all = Array.from({ length: readers }, () => cache.read(key, load))
    const settled = await Promise.allSettled(all)
    const failed = settled.filter((each) => each.status === 'rejected' || each.value !== 1).length
    return { loads, failed, startedAt, endedAt: clock() }
  },

  /** Reads and writes random keys for a time. The database counts the versions of each key. */
  async history(options: { seconds: number; keys: number; writesPerSecond: number; readsPerSecond: number }) {
    const { seconds, keys, writesPerSecond, readsPerSecond } = options
    const history: History = { writes: [], reads: [] }
    const endAt = clock() + seconds * 1000
    const anyKey = () => Math.floor(Math.random() * keys)

    async function write(): Promise<void> {
      const key = anyKey()
      const version = await database.incr(`database:${key}`)
      await cache.delete(`key:${key}`)
      history.writes.push([key, version, clock()])
    }
    async function read(): Promise<void> {
      const key = anyKey()
      const at = clock()
      const version = await cache.read(`key:${key}`, async () =>
        Number(await database.get(`database:${key}`)),
      )
      history.reads.push([key, version ?? 0, at])
    }
    async function repeat(work: () => Promise<void>, perSecond: number): Promise<void> {
      let next = clock()
      for (; clock() < endAt; next += 1000 / perSecond) {
        const pauseMs = next - clock()
        if (pauseMs > 1) await sleep(pauseMs)
        await work()
      }
    }
    const readers = Array.from({ length: 10 }, () => repeat(read, readsPerSecond / 10))
    const writers =
      writesPerSecond === 0 ? [] : Array.from({ length: 5 }, () => repeat(write, writesPerSecond / 5))
    await Promise.all([...readers, ...writers])
    return history
  },

  /** Deletes a key after its value in the database has changed; returns the time of the call. */
  async change(key: string): Promise<number> {
    await database.incr(`database:${key}`)
    const calledAt = clock()
    await cache.delete(key)
    return calledAt
  },

  /** Reads a key until its value is another one; returns the time of that. */
  async waitForChange(key: string): Promise<number> {
    const read = () => cache.read(key, async () => Number(await database.get(`database:${key}`)))
    const before = await read()
    process.send?.({ event: 'waiting' })
    while ((await read()) === before) await new Promise(setImmediate)
    return clock()
  },
}

export type Commands = typeof commands

function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

answerCalls(commands)
