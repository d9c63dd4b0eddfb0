/** A process that reads and writes a few keys through a cache, and reports each operation with its times. */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { Lifetime } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { createDice } from '../../support/interleavings/dice.ts'
import { connect } from '../stores/connect.ts'
import type { Connection } from '../stores/kind/address.ts'
import type { ToWorker, WorkerOptions } from './messages.ts'
import { type DatabaseOperation, type FromWorker, JOINED, type Key, keys, kindOf, TAG } from './messages.ts'

/** Number of operations at a time. */
const LOOPS = 6

interface Started {
  at: number
  /** See `FromWorker`. */
  joinedAt: number
}

interface Row {
  key: Key
  version: number
}

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions
const dice = createDice(options.seed)
const events: Record<string, number> = {}
const answers = new Map<number, (version: number) => void>()
/** Starts of the reads that run, by key. */
const running = new Map<Key, Set<Started>>()
let requests = 0
let isPlaying = false
let loops: Promise<unknown> = Promise.resolve()

const now = () => performance.timeOrigin + performance.now()
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const send = (message: FromWorker) => process.stdout.write(`${JSON.stringify(message)}\n`)
process.on('unhandledRejection', (error) => send({ type: 'failed', what: `unhandled: ${error}` }))
process.on('uncaughtException', (error) => send({ type: 'failed', what: `uncaught: ${error.stack}` }))

const { remote } = await openConnection()
const cache = createCache({
  remote,
  ...(options.hasMemory && { memory: memoryStore() }),
  maxUnsyncedMs: options.maxUnsyncedMs,
  leaseMs: options.leaseMs,
  onEvent(event) {
    const name = event.type === 'tier' ? `${event.operation} ${event.result}` : event.type
    events[name] = (events[name] ?? 0) + 1
  },
})

createInterface({ input: process.stdin }).on('line', (line) => void receive(JSON.parse(line) as ToWorker))
process.stdin.on('end', () => process.exit(0)) // the test has ended
send({ type: 'ready' })

async function receive(message: ToWorker): Promise<void> {
  if (message.type === 'answer') {
    answers.get(message.id)?.(message.version)
    answers.delete(message.id)
  } else if (message.type === 'ping') {
    send({ type: 'pong', id: message.id, now: now() })
  } else if (message.type === 'play') {
    isPlaying = true
    loops = Promise.all(Array.from({ length: LOOPS }, play))
  } else if (message.type === 'stop') {
    isPlaying = false
    await loops
    send({ type: 'done', id: message.id, events })
  } else if (message.type === 'read-all') {
    for (const key of keys) await read(key)
    send({ type: 'done', id: message.id, events })
  } else {
    await cache.close()
    process.exit(0)
  }
}

/** The server may be restarting. */
async function openConnection(): Promise<Connection> {
  for (;;) {
    try {
      return await connect(options.address)
    } catch {
      await pause(50)
    }
  }
}

async function play(): Promise<void> {
  while (isPlaying) {
    try {
      await anyOperation()
    } catch (error) {
      send({ type: 'failed', what: String(error instanceof Error ? error.stack : error) })
    }
    await pause(dice.random() * 4)
  }
}

async function anyOperation(): Promise<void> {
  const key = dice.pick(keys)
  const choice = dice.random()
  if (choice < 0.03) return write(key)
  if (choice < 0.08) return readMany()
  if (choice < 0.2) return lookUp(key)
  return read(key)
}

function lifetimeOf(key: Key): Lifetime {
  const kind = kindOf(key)
  if (kind === 'refresh') return { ttlMs: 40, staleWhileRevalidateMs: 5000, staleIfErrorMs: 5000 }
  return { ttlMs: 10_000, ...(kind === 'tag' && { tags: [TAG] }) }
}

async function read(key: Key): Promise<void> {
  const started = start(key)
  let hasLoaded = false
  const ownLoad = () => {
    hasLoaded = true
    return load(key)
  }
  try {
    const { value, outcome, tier } = await cache.read(key, ownLoad, lifetimeOf(key))
    report(key, value, started, howOf(outcome, tier, hasLoaded))
  } finally {
    end(key, started)
  }
}

function start(key: Key): Started {
  const others = running.get(key) ?? new Set()
  running.set(key, others)
  const at = now()
  const started = { at, joinedAt: Math.min(at, ...[...others].map((other) => other.at)) }
  others.add(started)
  return started
}

function end(key: Key, started: Started): void {
  running.get(key)?.delete(started)
}

/** A read without a load and without a tier has joined a load of its process. */
function howOf(outcome: string, tier: string | undefined, hasLoaded: boolean): string {
  return `${tier === undefined && !hasLoaded ? JOINED : ''}${outcome} ${tier ?? ''}`
}

async function readMany(): Promise<void> {
  const chosen = keys.filter((key) => kindOf(key) !== 'refresh' && dice.chance(0.5))
  const loaded = new Set<string>()
  const loadMany = async (missing: readonly string[]) => {
    for (const key of missing) loaded.add(key)
    return Promise.all(missing.map(async (key) => [key, await load(key as Key)] as const)) // only keys were requested
  }
  // Tags belong to all keys of the call, so a read of many keys has those of the tagged keys only.
  const tagged = chosen.filter((key) => kindOf(key) === 'tag')
  const plain = chosen.filter((key) => kindOf(key) !== 'tag')
  for (const part of [tagged, plain]) {
    const [first] = part
    if (first === undefined) continue
    const started = new Map(part.map((key) => [key, start(key)]))
    const reads = await cache.readMany(part, loadMany, lifetimeOf(first))
    for (const [key, each] of started) {
      const { value, outcome, tier } = reads.get(key) ?? {}
      const how = `${howOf(outcome ?? 'nothing', tier, loaded.has(key))}, of many`
      if (value !== undefined) report(key, value, each, how)
      end(key, each)
    }
  }
}

function lookUp(key: Key): void {
  const at = now()
  const found = dice.chance(0.5) ? cache.lookup<Row>(key) : cache.peek<Row>(key)
  if (found !== undefined) report(key, found.value, { at, joinedAt: at }, `${found.outcome} in memory`)
}

function report(key: Key, value: Row, { at, joinedAt }: Started, how: string): void {
  if (value.key !== key) send({ type: 'failed', what: `a read of ${key} returned a value of ${value.key}` })
  send({ type: 'read', key, version: value.version, startedAt: at, joinedAt, endedAt: now(), how })
}

async function load(key: Key): Promise<Row> {
  return { key, version: await ask('get', key) }
}

/**
 * Writes the database, then the cache. Values that the cache stores are written by one process at a time: two writers could
 * otherwise reach the cache in another order than the database.
 */
async function write(key: Key): Promise<void> {
  const isStored = kindOf(key) === 'write'
  if (isStored) await ask('lock', key)
  try {
    const version = await ask('bump', key)
    const end = invalidate(key, version)
    send({ type: 'called', key, version, at: now() })
    const { confirmed } = await end
    send({ type: 'written', key, version, confirmedAt: confirmed ? now() : undefined })
  } finally {
    if (isStored) await ask('unlock', key)
  }
}

function invalidate(key: Key, version: number): Promise<{ confirmed: boolean }> {
  if (kindOf(key) === 'write') return cache.write<Row>(key, { key, version }, lifetimeOf(key))
  if (kindOf(key) === 'tag') return cache.invalidateTags([TAG])
  if (dice.chance(0.05)) return cache.clear()
  return dice.chance(0.2) ? cache.deleteMany([key, 'unused']) : cache.delete(key)
}

function ask(operation: DatabaseOperation, key: Key): Promise<number> {
  const id = ++requests
  return new Promise((resolve) => {
    answers.set(id, resolve)
    send({ type: 'database', id, operation, key })
  })
}
