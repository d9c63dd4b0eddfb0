/** Arbitrary request and response headers: nothing throws, no private response is shared, every response is valid. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Context } from 'hono'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { rounds } from '../../support/rounds.ts'
import { type TestApp, testApp } from '../../support/test-app.ts'

const START = Date.UTC(2026, 10, 22, 12)
const date = (secondsFromStart: number) => new Date(START + secondsFromStart * 1000).toUTCString()

type HeaderValues = Record<string, string>

// A failure prints the seed and the path that reproduce it.
const runs = { numRuns: rounds(500, 2000) }

/** Any text of a header value, control characters included. */
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

/** Numbers, dates and tags: valid, almost valid, or enormous. */
const valuePart = fc.oneof(
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
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('', '=', '="', ' = '), valuePart)
  .map(([name, between, value]) => (between === '' ? name : name + between + value))
const control = fc.array(directive, { maxLength: 5 }).map((all) => all.join(', '))

const value = fc.oneof(anything, valuePart, control)

/** Headers that `Headers` accepts: it rejects NUL and line breaks, and some runtimes reject more. */
function headersOf(names: readonly string[]): fc.Arbitrary<HeaderValues> {
  const header = fc.tuple(fc.constantFrom(...names), value)
  return fc.array(header, { maxLength: 8 }).map((all) => Object.fromEntries(all.filter(isValidHeader)))
}

function isValidHeader([name, text]: [string, string]): boolean {
  try {
    new Headers([[name, text]])
    return true
  } catch {
    return false
  }
}

const requestHeaders = headersOf([
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
const RESPONSE_NAMES = [
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
const responseHeaders = headersOf([
  ...RESPONSE_NAMES,
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

/** Ensures that some responses are stored. */
const commonHeaders = fc.constantFrom<HeaderValues>(
  {},
  { 'cache-control': 'max-age=60' },
  { 'cache-control': 'max-age=600', etag: '"a"' },
)

const step = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'OPTIONS'),
  send: requestHeaders,
  status: fc.constantFrom(200, 200, 200, 200, 203, 204, 206, 304, 301, 404, 500, 503, 599),
  responseHeaders: fc
    .tuple(commonHeaders, responseHeaders)
    .map(([common, arbitrary]) => ({ ...common, ...arbitrary })),
  body: fc.constantFrom('', '1', '12345', 'ä'),
  /** Clocks may be set back. */
  passedMs: fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -100_000, max: 300_000 })),
})

describe('arbitrary headers', () => {
  it('arbitrary headers cause no error, no invalid Age, and no body where there must be none', async () => {
    let hits = 0
    await fc.assert(
      fc.asyncProperty(options, fc.array(step, { minLength: 1, maxLength: 6 }), async (options, steps) => {
        const test = testApp()
        const thrown: unknown[] = []
        let respond: (c: Context) => Response = () => new Response()
        test.app.onError((error, c) => {
          thrown.push(error)
          return c.text('', 500)
        })
        test.app.all('*', test.cached(options), (c) => respond(c))

        for (const { method, send, status, responseHeaders: headers, body, passedMs } of steps) {
          test.clock.ms += passedMs
          const bodiless = status === 204 || status === 304
          respond = () => new Response(bodiless ? null : body, { status, headers })
          const response = await test.request(method, '/', send)
          const length = (await response.arrayBuffer()).byteLength
          await test.settled()

          assert.deepEqual(thrown, [])
          const header = (name: string) => response.headers.get(name)
          if (method !== 'OPTIONS') assert.match(header('cache-status') ?? '', /(?:^|, )hitrate; /)
          // Age of a response that is not stored is the handler's.
          if (/hitrate; hit/.test(header('cache-status') ?? '')) {
            hits++
            assert.match(header('age') ?? '', /^\d+$/)
          }
          if (method === 'HEAD' || response.status === 304) assert.equal(length, 0)
          if (response.status === 416) assert.match(header('content-range') ?? '', /^bytes \*\/\d+$/)
          for (const name of ['hitrate-cache-control', 'cache-tag']) assert.equal(header(name), null)
        }
      }),
      runs,
    )
    assert.ok(hits > runs.numRuns / 20, `${hits} hits are too few`)
  })
})

/** A reason for which a response is for its own client alone, whatever other directives it has. */
interface Lock {
  label: string
  /** Directives that would allow sharing again. */
  openers: readonly string[]
  control?: string
  responseHeaders?: HeaderValues
  requestHeaders?: HeaderValues
}

const LOCKS: Lock[] = [
  { label: 'private', openers: [], control: 'private' },
  { label: 'Private', openers: [], control: 'Private' },
  // must-understand cancels no-store for a known status (RFC 9111 §5.2.2.3).
  { label: 'no-store', openers: ['must-understand'], control: 'no-store' },
  { label: 'Set-Cookie', openers: [], responseHeaders: { 'set-cookie': 'session=1' } },
  {
    label: 'Authorization without permission',
    openers: ['public', 's-maxage', 'must-revalidate'],
    requestHeaders: { authorization: 'Bearer t' },
  },
]

/** Valid directives only: an open quote would rightly make the rest part of a string. */
function controlWith({ control: directive, openers }: Lock): fc.Arbitrary<string> {
  const names = NAMES.filter((name) => !openers.includes(name))
  const member = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom('', '=0', '=10', '=60', '="60"', '=x', '="a, b"'))
    .map(([name, argument]) => name + argument)
    // With header names these directives apply to those headers only.
    .filter((text) => !/^(?:private|no-cache)=/.test(text))
  const place = fc.nat(5)
  const all = fc.tuple(fc.array(member, { maxLength: 5 }), place, fc.constantFrom(', ', ',', ' ,, '))
  return all.map(([members, index, separator]) =>
    (directive === undefined
      ? members
      : [...members.slice(0, index), directive, ...members.slice(index)]
    ).join(separator),
  )
}

describe('a response for one client', () => {
  for (const lock of LOCKS) {
    it(`a response for one client never reaches another, concurrent or later: ${lock.label}`, async () => {
      const other = headersOf(
        RESPONSE_NAMES.filter((name) => name !== 'cache-control' && name !== 'connection'),
      )
      const cases = fc.record({
        options,
        control: controlWith(lock),
        other,
        status: fc.constantFrom(200, 200, 203, 301, 404, 410, 503),
        requests: fc.array(
          fc.record({
            isConcurrent: fc.boolean(),
            method: fc.constantFrom('GET', 'GET', 'HEAD'),
            send: requestHeaders,
            seconds: fc.nat(200),
            throws: fc.boolean(),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      })
      await fc.assert(
        fc.asyncProperty(cases, async ({ options, control: cacheControl, other, status, requests }) => {
          const test = testApp()
          let isFailing = false
          test.app.onError((_, c) => c.text('', 500))
          test.app.all('*', test.cached(options), (c) => {
            if (isFailing) throw new Error('as planned')
            // without the header that makes it private, the response is for all
            const isOwn = lock.requestHeaders === undefined || c.req.header('authorization') !== undefined
            const owner = isOwn ? (c.req.header('x-owner') ?? '') : 'all'
            const headers = {
              ...other,
              'cache-control': cacheControl,
              'x-owner': owner,
              ...lock.responseHeaders,
            }
            return new Response(`for ${owner};`, { status, headers })
          })

          await Promise.all([
            assertOwnResponse(test, 'first', 'GET', lock.requestHeaders),
            assertOwnResponse(test, 'second', 'GET', lock.requestHeaders),
          ])
          for (const [index, { isConcurrent, method, send, seconds, throws }] of requests.entries()) {
            test.clock.ms += seconds * 1000
            isFailing = throws
            const sent = { ...send, ...(isConcurrent ? lock.requestHeaders : {}) }
            const first = assertOwnResponse(test, `a${index}`, method, sent)
            await Promise.all(
              isConcurrent ? [first, assertOwnResponse(test, `b${index}`, 'GET', sent)] : [first],
            )
          }
        }),
        { numRuns: 300 },
      )
    })
  }
})

/** Asserts that the response was made for this owner or for all. */
async function assertOwnResponse(
  test: TestApp,
  owner: string,
  method: string,
  send: HeaderValues = {},
): Promise<void> {
  const response = await test.request(method, '/', { ...send, 'x-owner': owner })
  const body = await response.text()
  await test.settled()
  const headersOwner = response.headers.get('x-owner')
  assert.ok([null, 'all', owner].includes(headersOwner), `${owner} got the headers of ${headersOwner}`)
  const madeFor = /for (\w+);/.exec(body)?.[1] ?? 'all'
  assert.ok(['all', owner].includes(madeFor), `${owner} got the body of ${madeFor}`)
}
