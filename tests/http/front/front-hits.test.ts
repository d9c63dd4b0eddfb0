import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MiddlewareHandler } from 'hono'
import { FrontHits, type FrontHitsOptions } from '../../../src/http/front/front-hits.ts'
import type { HitHeaders } from '../../../src/http/front/hit-headers.ts'
import { StoredResponse } from '../../../src/http/stored/stored-response.ts'
import { counter, testApp } from '../../support/test-app.ts'

const url = 'http://localhost/x'
const responseHeaders = { 'cache-control': 'max-age=10', etag: '"a"' }
type Options = Omit<FrontHitsOptions, 'cache'>
type CachedOptions = Parameters<ReturnType<typeof testApp>['cached']>[0]

/** An app whose URL `/x` is in the index of the hits. */
async function warmHits(
  options: Options = {},
  cachedOptions: CachedOptions = {},
  handler?: MiddlewareHandler,
) {
  const made = testApp()
  const hits = new FrontHits('test', { cache: made.cache, ...options })
  made.app.get(
    '/x',
    made.cached({ front: true, ...cachedOptions }),
    handler ?? counter(responseHeaders).handler,
  )
  for (const _ of [1, 2]) {
    const request = new Request(url)
    hits.attach(request)
    await (await made.app.fetch(request)).text()
  }
  made.events.length = 0
  made.outcomes.length = 0
  return { ...made, hits, entry: hits.entryOf(url) ?? assert.fail('the URL is not in the index') }
}

describe('the hits of a front', () => {
  it('are found by the URL that cached has added, and counted once each', async () => {
    const { hits, entry, outcomes, clock } = await warmHits()
    assert.equal(hits.entryOf('http://localhost/y'), undefined)
    clock.ms += 2000
    const hit = hits.find(entry) ?? assert.fail()
    assert.deepEqual(outcomes, ['hit'])
    const message = hits.toMessage(hits.findMessage(entry) ?? assert.fail())
    assert.deepEqual(outcomes, ['hit', 'hit'])
    const response = hits.toResponse(hit)
    assert.deepEqual([...new Headers(message.headers)], [...response.headers])
    assert.deepEqual([message.status, message.body, await response.text()], [200, '1', '1'])
    assert.deepEqual([message.headers.age, message.headers['cache-status']], ['2', 'hitrate; hit; ttl=8'])
    assert.deepEqual(outcomes, ['hit', 'hit'])
  })

  it('share one message within a second', async () => {
    const { hits, entry, clock } = await warmHits()
    const messageNow = () => hits.toMessage(hits.findMessage(entry) ?? assert.fail())
    const first = messageNow()
    clock.ms += 999
    // The age is the same, but the remaining lifetime in whole seconds is not.
    assert.notEqual(messageNow(), first)
    const later = messageNow()
    assert.equal(messageNow(), later)
    assert.equal(messageNow().fields, later.fields)
  })

  it('are not counted without a fresh entry', async () => {
    const { hits, entry, outcomes, clock, cache } = await warmHits()
    await cache.clear()
    assert.equal(hits.find(entry), undefined)
    clock.ms += 10_000
    assert.equal(hits.findMessage(entry), undefined)
    assert.deepEqual(outcomes, [])
  })

  it('have no message for a body without Content-Type, and are then not counted by findMessage', async () => {
    const { hits, entry, outcomes } = await warmHits({}, {}, async (c) =>
      c.body(new Uint8Array([1]), 200, responseHeaders),
    )
    assert.equal(hits.findMessage(entry), undefined)
    assert.deepEqual(outcomes, [])
    assert.notEqual(hits.find(entry), undefined)
    assert.deepEqual(outcomes, ['hit'])
  })

  it('are not found if the key holds a response for some requests only', async () => {
    const { hits, entry, responses, outcomes } = await warmHits()
    const parts = { status: 200, headers: {}, internal: {}, cookies: [], body: null, hasGeneratedEtag: false }
    await responses.write(entry.key, new StoredResponse({ ...parts, selecting: { accept: 'a' } }), {
      ttlMs: 1000,
    })
    assert.deepEqual([hits.find(entry), hits.findMessage(entry), outcomes], [undefined, undefined, []])
  })

  it('carry cookies and Server-Timing in their messages as in their responses', async () => {
    const { hits, entry } = await warmHits({}, { storeSetCookie: true, serverTiming: true }, async (c) => {
      c.header('set-cookie', 'a=1')
      return c.text('x', 200, responseHeaders)
    })
    const message = hits.toMessage(hits.findMessage(entry) ?? assert.fail())
    assert.deepEqual([message.cookies, message.headers['server-timing']], [['a=1'], 'cache;desc=hit'])
    const response = hits.toResponse(hits.find(entry) ?? assert.fail())
    assert.deepEqual(
      [response.headers.getSetCookie(), response.headers.get('server-timing')],
      [['a=1'], 'cache;desc=hit'],
    )
  })
})

describe('hitHeaders', () => {
  const received = ['mine']
  const own = (values: HitHeaders['values']): Options => ({
    hitHeaders: { reads: ['x-in'], sets: ['x-out', 'etag'], values },
  })

  it('add to the response of a hit, replace its headers, and stay out of the next one', async () => {
    const { hits, entry } = await warmHits(
      own(([value]) => (value === undefined ? undefined : [`for ${value}`, '"b"'])),
    )
    const namesOf = ({ headers }: Response) => [headers.get('x-out'), headers.get('etag')]
    assert.deepEqual(namesOf(hits.toResponse(hits.find(entry, received) ?? assert.fail())), [
      'for mine',
      '"b"',
    ])
    assert.deepEqual(namesOf(hits.toResponse(hits.find(entry) ?? assert.fail())), [null, '"a"'])
  })

  it('leave the shared message without the headers that they replace', async () => {
    const { hits, entry } = await warmHits(own(([value]) => (value === undefined ? [] : ['a', 'b'])))
    const shared = hits.toMessage(hits.findMessage(entry) ?? assert.fail())
    const message = hits.toMessage(hits.findMessage(entry, received) ?? assert.fail())
    assert.deepEqual([shared.headers.etag, message.headers.etag], ['"a"', undefined])
    assert.equal(message.body, shared.body)
    assert.equal(hits.toMessage(hits.findMessage(entry) ?? assert.fail()), shared)
  })

  it('get the status, and send a request through the router before it is counted', async () => {
    const statuses: number[] = []
    const { hits, entry, outcomes } = await warmHits(
      own((_, status) => {
        statuses.push(status)
        return 'route'
      }),
    )
    assert.deepEqual([hits.find(entry), hits.findMessage(entry)], [undefined, undefined])
    assert.deepEqual([statuses, outcomes], [[200, 200], []])
  })

  const failures: [name: string, values: HitHeaders['values']][] = [
    ['a throw', () => assert.fail('broken')],
    ['a line break', () => ['a\r\nx-injected: 1']],
    ['another letter', () => ['é']],
    ['a value that is no text', () => [Symbol('x') as unknown as string]],
  ]
  for (const [name, values] of failures) {
    it(`are left out after ${name}, which is reported`, async () => {
      const reports: unknown[] = []
      const { hits, entry } = await warmHits({
        ...own(values),
        onError: (_, callback) => reports.push(callback),
      })
      const { headers } = hits.toResponse(hits.find(entry) ?? assert.fail())
      assert.deepEqual([headers.get('x-out'), reports], [null, ['hitHeaders']])
    })
  }

  it('are part of the report', async () => {
    const ends: unknown[] = []
    const { hits, entry } = await warmHits({
      ...own(() => ['a']),
      onRequest: ({ hitHeaders, peer }) => ends.push([hitHeaders, peer]),
    })
    const peer = { remoteAddress: '::1' }
    hits.report(hits.find(entry) ?? assert.fail(), 200, url, peer)
    assert.deepEqual(ends, [[['a'], peer]])
  })
})

describe('the report of a hit', () => {
  const end = {
    method: 'GET',
    route: '/x',
    status: 200,
    bytes: 1,
    url,
    hitHeaders: undefined,
    peer: undefined,
  }

  it('has the duration of the read, for which no further clock is read', async () => {
    const ends: unknown[] = []
    const { hits, entry, events } = await warmHits({ onRequest: (ended) => ends.push(ended) })
    const hit = hits.find(entry) ?? assert.fail()
    hits.report(hit, 200, url)
    const read = events.find((event) => event.type === 'read') ?? assert.fail()
    assert.deepEqual(ends, [{ ...end, durationMs: read.durationMs }])
    assert.equal(hit.durationMs, read.durationMs)
  })

  it('has the duration by the option timer, if it is set', async () => {
    const ends: unknown[] = []
    let ms = 0
    const { hits, entry } = await warmHits({ onRequest: (ended) => ends.push(ended), timer: () => (ms += 5) })
    hits.report(hits.find(entry) ?? assert.fail(), 200, url)
    assert.deepEqual(ends, [{ ...end, durationMs: 5 }])
  })

  const failures: [name: string, options: Options, report: string][] = [
    [
      'a throw of onRequest',
      {
        onRequest() {
          throw new Error('sync')
        },
      },
      'onRequest sync',
    ],
    [
      'a rejection of onRequest',
      { onRequest: (() => Promise.reject(new Error('async'))) as never },
      'onRequest async',
    ],
    [
      'a timer that throws',
      {
        onRequest() {},
        timer() {
          throw new Error('clock')
        },
      },
      'timer clock',
    ],
  ]
  for (const [name, options, report] of failures) {
    it(`reports ${name} once, and passes it on to no request`, async () => {
      const seen: string[] = []
      const { hits, entry } = await warmHits({
        ...options,
        onError: (error, callback) => seen.push(`${callback} ${(error as Error).message}`),
      })
      for (const _ of [1, 2]) hits.report(hits.find(entry) ?? assert.fail(), 200, url)
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(seen, [report])
    })
  }
})
