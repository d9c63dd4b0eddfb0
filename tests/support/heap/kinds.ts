/** Kinds of entries whose memory is measured. */
import { Hono } from 'hono'
import type { Cache } from '../../../src/cache/cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'

/** Stores the entry with a number in a cache. */
type Fill = (cache: Cache) => (i: number) => Promise<unknown>

const values = {
  'Latin-1 string, 20': (i) => textOf(i, 20),
  'Latin-1 string, 1 kB': (i) => textOf(i, 1000),
  'UTF-16 string, 20': (i) => `${textOf(i, 19)}☃`,
  'UTF-16 string, 1 kB': (i) => `${textOf(i, 499)}☃`,
  'concatenated string': (i) => `name-${i}-of-${i * 7}-${i * 13}`,
  'slice of a string': (i) => textOf(i, 10_000).slice(5, 25),
  'Buffer of a pool, 10 B': (i) => Buffer.from(textOf(i, 10)),
  'Buffer, 1 kB': (i) => Buffer.from(textOf(i, 1000)),
  'Uint8Array, 10 kB': () => new Uint8Array(10_000),
  'Float64Array of 100': () => new Float64Array(100),
  'part of a buffer': () => new Uint8Array(100_000).subarray(10, 110),
  number: (i) => i + 0.5,
  'user of 6 fields': userOf,
  'user of JSON': (i) => fromJson(userOf(i)),
  'array of 100 integers': (i) => Array.from({ length: 100 }, (_, j) => i + j),
  'array of 100 doubles': (i) => Array.from({ length: 100 }, (_, j) => i + j + 0.5),
  'Map of 20': (i) => new Map(Array.from({ length: 20 }, (_, j) => [`key ${i} ${j}`, j])),
  'Set of 20': (i) => new Set(Array.from({ length: 20 }, (_, j) => `member ${i} ${j}`)),
  Date: (i) => new Date(i),
  'nested rows': rowsOf,
  'nested rows of JSON': (i) => fromJson(rowsOf(i)),
  'table by id': (i) => Object.fromEntries(Array.from({ length: 50 }, (_, j) => [`user:${i}:${j}`, j])),
} satisfies Record<string, (i: number) => unknown>

export const kinds: Readonly<Record<string, Fill>> = {
  ...Object.fromEntries(
    Object.entries(values).map(([kind, makeValue]): [string, Fill] => [
      kind,
      (cache) => (i) => cache.read(`entry:${i}`, () => makeValue(i), { ttlMs: 3_600_000 }),
    ]),
  ),
  tags: (cache) => (i) => cache.read(`entry:${i}`, () => i, { tags: [`user:${i}`, 'all'] }),
  absent: (cache) => (i) => cache.read(`entry:${i}`, () => null),
  'response, 68 B': responses(68),
  'response, 1.2 kB': responses(1200),
  'response, 16 kB': responses(16_384),
}

/** Responses of an application, which its clients request. */
function responses(length: number): Fill {
  return (cache) => {
    const app = new Hono()
    app.get('/users/:id', cached({ cache }), (c) =>
      c.text(textOf(Number(c.req.param('id')), length), 200, { 'cache-control': 'max-age=3600' }),
    )
    return async (i) => (await app.request(`/users/${i}`)).text()
  }
}

function textOf(i: number, length: number): string {
  return `${i} `.repeat(length / (`${i}`.length + 1) + 1).slice(0, length)
}

function userOf(i: number) {
  const name = `User ${i}`
  return {
    id: i,
    name,
    email: `user${i}@example.com`,
    score: i + 0.5,
    isActive: i % 2 === 0,
    createdAt: 1e12 + i,
  }
}

function rowsOf(i: number) {
  return { total: 20, rows: Array.from({ length: 20 }, (_, j) => userOf(20 * i + j)) }
}

function fromJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
