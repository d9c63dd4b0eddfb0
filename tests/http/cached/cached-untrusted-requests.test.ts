/** Whatever fields requests and answers bring: nothing throws, nothing private is shared, and every answer is well-formed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Context } from 'hono'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { type TestApp, testApp } from '../../support/test-app.ts'

const START = Date.UTC(2026, 10, 22, 12)
const date = (secondsFromStart: number) => new Date(START + secondsFromStart * 1000).toUTCString()

type Fields = Record<string, string>

// A failure prints the seed and the path that lead back to it.
const runs = { numRuns: 2000 }

/** Anything at all that may stand in a field, control characters included. */
const anything = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) },
    { weight: 1, arbitrary: fc.integer({ min: 0x01, max: 0xff }).map((code) => String.fromCharCode(code)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('"', ',', ';', '=', '\\', ' ', '\t', '*', '-', '/', 'W/', '0', '9'),
    },
  ),
  maxLength: 24,
})

/** Numbers, dates and tags that are right, nearly right, or enormous. */
const part = fc.oneof(
  fc.integer({ min: -100, max: 100_000 }).map(String),
  fc.constantFrom(
    '',
    '0',
    '-0',
    '1e9',
    '0x10',
    '1.5',
    '٣',
    'NaN',
    'Infinity',
    '9'.repeat(400),
    '"60"',
    "'60'",
  ),
  fc.integer({ min: -100_000, max: 100_000 }).map(date),
  fc.constantFrom(
    'Thu, 32 Nov 2026 25:61:61 GMT',
    'Sunday, 22-Nov-26 12:00:00 GMT',
    'Sun Nov 22 12:00:00 2026',
  ),
  fc.constantFrom(
    '"a"',
    'W/"a"',
    '"b"',
    '*',
    'a',
    '"a',
    '"a", "b"',
    'bytes=0-0',
    'bytes=-1',
    'bytes=9-,-',
    'bytes=0-1,2-3',
  ),
)

const NAMES = [
  'max-age',
  's-maxage',
  'stale-while-revalidate',
  'stale-if-error',
  'public',
  'private',
  'no-cache',
  'no-store',
  'must-revalidate',
  'proxy-revalidate',
  'must-understand',
  'immutable',
  'max-stale',
  'min-fresh',
  'only-if-cached',
]
const directive = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('', '=', '="', ' = '), part)
  .map(([name, between, value]) => (between === '' ? name : name + between + value))
const control = fc.array(directive, { maxLength: 5 }).map((all) => all.join(', '))

const value = fc.oneof(anything, part, control)

/** With what `Headers` takes: it refuses NUL and line breaks, and some runtimes more. */
function fieldsOf(names: readonly string[]): fc.Arbitrary<Fields> {
  const field = fc.tuple(fc.constantFrom(...names), value)
  return fc.array(field, { maxLength: 8 }).map((all) => Object.fromEntries(all.filter(isField)))
}

function isField([name, text]: [string, string]): boolean {
  try {
    new Headers([[name, text]])
    return true
  } catch {
    return false
  }
}

const requestFields = fieldsOf([
  'cache-control',
  'pragma',
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
  'authorization',
  'cookie',
  'x-a',
])
const ANSWER_NAMES = [
  'cache-control',
  'expires',
  'age',
  'date',
  'last-modified',
  'etag',
  'vary',
  'content-type',
  'content-location',
  'location',
  'connection',
  'cache-status',
  'cache-tag',
  'pragma',
]
const TARGETED = ['cdn-cache-control', 'hitrate-cache-control']
const answerFields = fieldsOf([
  ...ANSWER_NAMES,
  ...TARGETED,
  'content-range',
  'content-encoding',
  'set-cookie',
])

const options: fc.Arbitrary<Omit<CachedOptions, 'cache'>> = fc.record(
  {
    targetedControl: fc.constantFrom(
      'max-age=60',
      'max-age=10, stale-while-revalidate=60',
      'public, s-maxage=60',
    ),
    cacheControl: fc.constantFrom('max-age=60', 'public, max-age=10, stale-if-error=60'),
    vary: fc.constantFrom('x-a', ['x-a', 'accept']),
    cacheableStatusCodes: fc.constant([200, 404]),
    clientControl: fc.boolean(),
    staleOnThrow: fc.boolean(),
    query: fc.constant(['a']),
    maxBodyBytes: fc.constantFrom(0, 3, 1000),
  },
  { requiredKeys: [] },
)

/** Without it hardly any answer would be kept. */
const usual = fc.constantFrom<Fields>(
  {},
  { 'cache-control': 'max-age=60' },
  { 'cache-control': 'max-age=600', etag: '"a"' },
)

const step = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'OPTIONS'),
  send: requestFields,
  status: fc.constantFrom(200, 200, 200, 200, 203, 204, 206, 304, 301, 404, 500, 503, 599),
  answer: fc.tuple(usual, answerFields).map(([fields, any]) => ({ ...fields, ...any })),
  body: fc.constantFrom('', '1', '12345', 'ä'),
  /** Clocks are set back, too. */
  passedMs: fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -100_000, max: 300_000 })),
})

describe('whatever fields come', () => {
  it('nothing throws, no Age is negative or broken, and nothing has a body that has none', async () => {
    let hits = 0
    await fc.assert(
      fc.asyncProperty(options, fc.array(step, { minLength: 1, maxLength: 6 }), async (more, steps) => {
        const stage = testApp()
        const thrown: unknown[] = []
        let answer: (c: Context) => Response = () => new Response()
        stage.app.onError((error, c) => {
          thrown.push(error)
          return c.text('', 500)
        })
        stage.app.all('*', stage.cached(more), (c) => answer(c))

        for (const { method, send, status, answer: headers, body, passedMs } of steps) {
          stage.clock.ms += passedMs
          const bodiless = status === 204 || status === 304
          answer = () => new Response(bodiless ? null : body, { status, headers })
          const response = await stage.request(method, '/', send)
          const length = (await response.arrayBuffer()).byteLength
          await stage.settled()

          assert.deepEqual(thrown, [])
          const field = (name: string) => response.headers.get(name)
          assert.match(field('cache-status') ?? '', /(?:^|, )hitrate; /)
          // What the handler says of its own answer, and we do not keep, is the handler's.
          if (/hitrate; hit/.test(field('cache-status') ?? '')) {
            hits++
            assert.match(field('age') ?? '', /^\d+$/)
          }
          if (method === 'HEAD' || response.status === 304) assert.equal(length, 0)
          if (response.status === 416) assert.match(field('content-range') ?? '', /^bytes \*\/\d+$/)
          for (const name of ['hitrate-cache-control', 'cache-tag']) assert.equal(field(name), null)
        }
      }),
      runs,
    )
    assert.ok(hits > 100, `${hits} hits are too few to say anything`)
  })
})

/** What makes an answer its own client's, beside whatever else it says. */
interface Lock {
  what: string
  /** Names of directives that would open it again. */
  openers: readonly string[]
  control?: string
  answer?: Fields
  send?: Fields
}

const LOCKS: Lock[] = [
  { what: 'private', openers: [], control: 'private' },
  { what: 'Private', openers: [], control: 'Private' },
  // A status that is understood, and must-understand, mean that no-store does not count (RFC 9111 §5.2.2.3).
  { what: 'no-store', openers: ['must-understand'], control: 'no-store' },
  { what: 'Set-Cookie', openers: [], answer: { 'set-cookie': 'session=1' } },
  {
    what: 'Authorization without permission',
    openers: ['public', 's-maxage', 'must-revalidate'],
    send: { authorization: 'Bearer t' },
  },
]

/** Directives that are well-formed: a quote that stays open could make what follows part of a string, rightly. */
function controlWith({ control: word, openers }: Lock): fc.Arbitrary<string> {
  const names = NAMES.filter((name) => !openers.includes(name))
  const member = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom('', '=0', '=10', '=60', '="60"', '=x', '="a, b"'))
    .map(([name, argument]) => name + argument)
    // Those with fields lock these alone.
    .filter((text) => !/^(?:private|no-cache)=/.test(text))
  const place = fc.nat(5)
  const all = fc.tuple(fc.array(member, { maxLength: 5 }), place, fc.constantFrom(', ', ',', ' ,, '))
  return all.map(([members, at, between]) =>
    (word === undefined ? members : [...members.slice(0, at), word, ...members.slice(at)]).join(between),
  )
}

describe('an answer that is its own client’s', () => {
  for (const lock of LOCKS) {
    it(`is nobody else’s, neither at the same time nor later: ${lock.what}`, async () => {
      const other = fieldsOf(ANSWER_NAMES.filter((name) => name !== 'cache-control' && name !== 'connection'))
      const cases = fc.record({
        more: options,
        control: controlWith(lock),
        other,
        status: fc.constantFrom(200, 200, 203, 301, 404, 410, 503),
        asks: fc.array(
          fc.record({
            together: fc.boolean(),
            method: fc.constantFrom('GET', 'GET', 'HEAD'),
            send: requestFields,
            seconds: fc.nat(200),
            throws: fc.boolean(),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      })
      await fc.assert(
        fc.asyncProperty(cases, async ({ more, control: said, other, status, asks }) => {
          const stage = testApp()
          let failing = false
          stage.app.onError((_, c) => c.text('', 500))
          stage.app.all('*', stage.cached(more), (c) => {
            if (failing) throw new Error('as planned')
            // Without the field that makes it its client's, it is everyone's.
            const own = lock.send === undefined || c.req.header('authorization') !== undefined
            const owner = own ? (c.req.header('x-owner') ?? '') : 'all'
            const headers = { ...other, 'cache-control': said, 'x-owner': owner, ...lock.answer }
            return new Response(`for ${owner};`, { status, headers })
          })

          await Promise.all([ask(stage, 'first', 'GET', lock.send), ask(stage, 'second', 'GET', lock.send)])
          for (const [index, { together, method, send, seconds, throws }] of asks.entries()) {
            stage.clock.ms += seconds * 1000
            failing = throws
            const theirs = { ...send, ...(together ? lock.send : {}) }
            const one = ask(stage, `a${index}`, method, theirs)
            await Promise.all(together ? [one, ask(stage, `b${index}`, 'GET', theirs)] : [one])
          }
        }),
        { numRuns: 300 },
      )
    })
  }
})

/** Nobody gets what was made for another. */
async function ask(stage: TestApp, owner: string, method: string, send: Fields = {}): Promise<void> {
  const response = await stage.request(method, '/', { ...send, 'x-owner': owner })
  const body = await response.text()
  await stage.settled()
  const fields = response.headers.get('x-owner')
  assert.ok([null, 'all', owner].includes(fields), `${owner} got the fields of ${fields}`)
  const madeFor = /for (\w+);/.exec(body)?.[1] ?? 'all'
  assert.ok(['all', owner].includes(madeFor), `${owner} got the body of ${madeFor}`)
}
