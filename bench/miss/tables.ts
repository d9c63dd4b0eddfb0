/** The tables of the miss benchmark: their rows, what is measured of each, and what is to be reached. */
import { isNode, type Runtime } from '../runtimes.ts'
import { versionOf } from '../version-of.ts'
import type { ContenderName } from './contenders.ts'
import type { Elapsed } from './process.ts'
import type { Transport } from './without-socket.ts'

export interface Table {
  title: string
  transport: Transport
  measures: readonly Measure[]
  /** The rows that others are compared with, by the title of the column. */
  peers: Readonly<Record<string, ContenderName>>
  rows: readonly Row[]
}

export interface Measure {
  name: string
  /** Operations in progress at a time. */
  inFlight: number
  pick(elapsed: Elapsed): number
}

export interface Row {
  name: ContenderName
  title: string
  /** True for rows of hitrate, which the other checkout has too. */
  isOurs: boolean
  targets: readonly Target[]
}

export interface Target {
  measure: string
  /** The row that the figure is divided by; a figure of its own, in ns, without it. */
  peer?: ContenderName
  most: Record<'bun' | 'node', number>
}

const ONE = { name: 'one after another', inFlight: 1, pick: ({ wallMs }: Elapsed) => wallMs }
const ONE_CPU = { name: 'one after another, CPU', inFlight: 1, pick: ({ cpuMs }: Elapsed) => cpuMs }
const MANY_CPU = { name: '100 in flight, CPU', inFlight: 100, pick: ({ cpuMs }: Elapsed) => cpuMs }

const toOcache = { peer: 'ocache', most: { bun: 0.5, node: 0.6 } } as const

const requests: Omit<Table, 'title' | 'transport'> = {
  measures: [ONE, ONE_CPU, MANY_CPU],
  peers: { 'to bare': 'bare', 'to ocache': 'ocache' },
  rows: [
    row('bare', 'bare Hono handler'),
    row('nothing', 'a middleware that does nothing'),
    row('cached', 'cached, no metrics', { isOurs: true }),
    row('metrics', 'measured + cached, metrics on', {
      isOurs: true,
      targets: [ONE, MANY_CPU].map(({ name }) => ({ measure: name, ...toOcache })),
    }),
    row('ocache', `ocache ${versionOf('ocache')}, no metrics`),
  ],
}

const engine: Omit<Table, 'title' | 'rows'> = {
  transport: 'native',
  measures: [ONE, ONE_CPU],
  peers: {},
}

const lruTitle = `lru-cache ${versionOf('lru-cache')}, fetch with a ttl`

const misses: Table = {
  ...engine,
  title: 'cache.read of a new key',
  peers: { 'to lru-cache': 'lruRead' },
  rows: [
    row('read', 'the engine, no metrics', {
      isOurs: true,
      targets: [
        { measure: ONE.name, most: { bun: 3500, node: 3500 } },
        { measure: ONE.name, peer: 'lruRead', most: { bun: 1.3, node: 1.3 } },
      ],
    }),
    row('readMetrics', 'the engine, metrics on', { isOurs: true }),
    row('lruRead', lruTitle),
  ],
}

const hits: Table = {
  ...engine,
  title: 'awaited cache.read of a stored key',
  peers: { 'to lru-cache': 'lruHit' },
  rows: [
    row('hit', 'the engine, no metrics', {
      isOurs: true,
      targets: [{ measure: ONE.name, most: { bun: 300, node: 300 } }],
    }),
    row('hitMetrics', 'the engine, metrics on', { isOurs: true }),
    row('lruHit', lruTitle),
  ],
}

/**
 * @param flag names separated by commas: http, native, engine
 * @throws {TypeError} for another name.
 */
export function tablesIn(flag: string, runtime: Runtime): Table[] {
  return flag.split(',').flatMap((name): Table[] => {
    switch (name) {
      case 'http':
        if (!isNode(runtime)) return [{ title: 'a cold GET', transport: 'native', ...requests }]
        return [{ title: 'a cold GET, through @hono/node-server', transport: 'served', ...requests }]
      case 'native': // on Bun the same as `http`
        return isNode(runtime)
          ? [{ title: 'a cold GET, native Response', transport: 'native', ...requests }]
          : []
      case 'engine':
        return [misses, hits]
      default:
        throw new TypeError(`--tables must name http, native, engine, got ${name}`)
    }
  })
}

function row(name: ContenderName, title: string, options: Partial<Row> = {}): Row {
  return { name, title, isOurs: false, targets: [], ...options }
}
