/** Random handlers that read request headers: two requests that differ in a header share no response made from it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { front } from '../../../src/http/front/front.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { flush } from '../../support/test-app.ts'

const RUNS = 120
const NAMES = [
  'x-a',
  'x-b',
  'accept',
  'user-agent',
  'cookie',
  'x-forwarded-proto',
  'referer',
  'accept-language',
]
const VALUES = [undefined, 'a', 'b']

type Read = (c: Context, name: string) => unknown

/** The ways to read a header by name. */
const READS: Read[] = [
  (c, name) => c.req.header(name),
  (c, name) => c.req.header(name.toUpperCase()),
  (c, name) => c.req.raw.headers.get(name) ?? undefined,
  (c, name) => (c.req.raw.headers.has(name) ? c.req.raw.headers.get(name) : undefined),
  (c, name) => c.req.header()[name],
]

/** One part of the response: where the header is read. */
type Place = 'handler' | 'behind' | 'variable' | 'missing variable'
const PLACES: Place[] = ['handler', 'behind', 'variable', 'missing variable']

/** The declarations of a header. With `none`, the cache must find the dependency itself. */
type Declaration = 'none' | 'vary' | 'option' | 'key'
const DECLARATIONS: Declaration[] = ['none', 'none', 'vary', 'option', 'key']

interface Part {
  name: string
  read: Read
  place: Place
  declaration: Declaration
  /** The header is read only if the one before it has the value `a`. */
  isConditional: boolean
}

describe('random handlers', () => {
  it('no response is shared among requests that differ in a header that it was made from', async () => {
    const seed = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.log(`HITRATE_SEED=${seed}`)
    const random = seededRandom(seed)
    const outcomes = { hits: 0, loads: 0 }
    for (let run = 0; run < RUNS; run++) await play(random, `seed ${seed}, run ${run}`, outcomes)
    assert.ok(outcomes.hits > RUNS, `only ${outcomes.hits} hits, seed ${seed}`)
    assert.ok(outcomes.loads > RUNS, `only ${outcomes.loads} loads, seed ${seed}`)
  })
})

async function play(
  random: () => number,
  label: string,
  outcomes: { hits: number; loads: number },
): Promise<void> {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const parts = Array.from({ length: 1 + Math.floor(random() * 2) }, (): Part => {
    const part = {
      name: pick(NAMES),
      read: pick(READS),
      place: pick(PLACES),
      declaration: pick(DECLARATIONS),
    }
    return { ...part, isConditional: random() < 0.2 }
  })
  const clock = { ms: 1e12 }
  const fetch = appFor(parts, clock, { isSlow: random() < 0.5, isFront: random() < 0.5 })
  for (let step = 0; step < 8; step++) {
    const isStale = random() < 0.15
    if (isStale) clock.ms += 12_000
    const batch = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
      const headers = new Headers()
      for (const { name } of parts) {
        const value = pick(VALUES)
        if (value !== undefined) headers.set(name, value)
      }
      return new Request(`http://localhost/${pick(['x', 'y'])}`, { headers })
    })
    const responses = await Promise.all(batch.map((request) => fetch(request)))
    for (const [i, response] of responses.entries()) {
      const status = response.headers.get('cache-status') ?? ''
      if (/; hit|collapsed/.test(status)) outcomes.hits++
      else outcomes.loads++
      const headers = batch[i]?.headers ?? new Headers()
      const setUp = parts.map(({ name, place, declaration }) => `${name} ${place} ${declaration}`)
      assert.equal(await response.text(), expected(parts, headers), [label, ...setUp, status].join('\n'))
    }
    if (isStale) for (let turn = 0; turn < 3; turn++) await flush() // for the background refresh
  }
}

function expected(parts: readonly Part[], headers: Headers): string {
  return textOf(parts, ({ name, place }) => {
    const value = headers.get(name) ?? undefined
    return place === 'missing variable' && value !== 'a' ? undefined : value
  })
}

/** The body: the value of each part that is read. */
function textOf(parts: readonly Part[], valueOfPart: (part: Part, index: number) => unknown): string {
  let previous: unknown = 'a'
  return parts
    .map((part, i) => {
      previous = part.isConditional && previous !== 'a' ? 'not read' : valueOfPart(part, i)
      return `${part.name}=${String(previous)}`
    })
    .join()
}

function appFor(
  parts: readonly Part[],
  clock: { ms: number },
  { isSlow, isFront }: { isSlow: boolean; isFront: boolean },
): (request: Request) => Response | Promise<Response> {
  const cache = createCache({ memory: memoryStore(), now: () => clock.ms })
  const app = new Hono<{ Variables: Record<string, unknown> }>()
  const inPlaces = (...places: Place[]) =>
    [...parts.entries()].filter(([, { place }]) => places.includes(place))
  const declared = (declaration: Declaration) => parts.filter((part) => part.declaration === declaration)

  for (const [i, { name, read, place }] of inPlaces('variable', 'missing variable')) {
    app.use(async (c, next) => {
      const value = read(c, name)
      if (place === 'variable' || value === 'a') c.set(`part${i}`, value)
      await next()
    })
  }
  const behind: MiddlewareHandler<{ Variables: Record<string, unknown> }> = async (c, next) => {
    for (const [i, { name, read }] of inPlaces('behind')) c.set(`part${i}`, read(c, name))
    await next()
  }
  const options: CachedOptions = {
    cache,
    targetedControl: 'max-age=10, stale-while-revalidate=30',
    vary: declared('option').map(({ name }) => name),
    ...(isFront ? { front: true } : {}),
    ...(declared('key').length === 0
      ? {}
      : {
          keyGenerator: (c) =>
            [c.req.path, ...declared('key').map(({ name, read }) => read(c, name))].join(' '),
        }),
  }
  app.get('/:id', cached(options), behind, async (c) => {
    for (let turn = 0; isSlow && turn < 5; turn++) await null // other requests join the load meanwhile
    const vary = declared('vary').map(({ name }) => name)
    if (vary.length > 0) c.header('vary', vary.join())
    return c.text(
      textOf(parts, ({ name, read, place }, i) => (place === 'handler' ? read(c, name) : c.get(`part${i}`))),
    )
  })
  const fetch = isFront ? front(app.fetch, { cache }) : app.fetch
  return (request) => fetch(request)
}
