import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fetchThrough } from '../../../src/http/front/front.ts'
import { FrontHits, type FrontHitsOptions } from '../../../src/http/front/front-hits.ts'
import { createHitResponder } from '../../../src/http/socket/hit-responder.ts'
import { counter, testApp } from '../../support/test-app.ts'

const URL_X = 'http://localhost/x'
const KEEP = 'Connection: keep-alive\r\n'

type End = Parameters<NonNullable<FrontHitsOptions['onRequest']>>[0]

/** An app with the route `/x` whose URL is in the index of the front. */
async function warmApp(headers: Record<string, string> = {}) {
  const made = testApp()
  const ends: End[] = []
  const hits = new FrontHits('test', { cache: made.cache, onRequest: (end) => ends.push(end) })
  const { handler } = counter({ 'cache-control': 'max-age=10', ...headers })
  made.app.get('/x', made.cached({ front: true }), handler)
  const fetch = fetchThrough(hits, made.app.fetch)
  for (const _ of [1, 2]) await fetch(new Request(URL_X))
  made.outcomes.length = 0
  const respond = createHitResponder(hits)
  const textOf = (url = URL_X) => respond(url, KEEP)?.join('')
  return { ...made, ends, textOf, fetch }
}

describe('createHitResponder()', () => {
  it('responds with the headers and the body of the front, and those of the connection', async () => {
    const { textOf, fetch, clock } = await warmApp({ etag: '"a"' })
    clock.ms += 2000
    const response = await fetch(new Request(URL_X))
    const [head = '', body] = textOf()?.split('\r\n\r\n') ?? []
    const [status, ...lines] = head.split('\r\n')
    assert.equal(status, 'HTTP/1.1 200 OK')
    assert.equal(body, await response.text())
    const fields = [...response.headers].map(([name, value]) => `${name}: ${value}`)
    assert.deepEqual(lines.sort(), [...fields, 'Connection: keep-alive'].sort())
    assert.ok(lines.includes('age: 2'))
  })

  it('counts and reports each response once', async () => {
    const { textOf, outcomes, ends } = await warmApp()
    assert.ok(textOf()?.startsWith('HTTP/1.1 200 OK\r\n'))
    assert.ok(textOf()?.startsWith('HTTP/1.1 200 OK\r\n'))
    assert.deepEqual(outcomes, ['hit', 'hit'])
    assert.deepEqual(
      ends.map(({ method, route, status }) => [method, route, status]),
      [
        ['GET', '/x', 200],
        ['GET', '/x', 200],
      ],
    )
  })

  it('has no response for unknown, invalidated and stale URLs, and counts nothing for them', async () => {
    const { textOf, outcomes, ends, clock, cache } = await warmApp({ 'cache-tag': 'x' })
    assert.equal(textOf('http://localhost/y'), undefined)
    clock.ms += 11_000
    assert.equal(textOf(), undefined)
    clock.ms -= 11_000
    assert.notEqual(textOf(), undefined)
    await cache.invalidateTags(['x'])
    assert.equal(textOf(), undefined)
    assert.deepEqual(outcomes, ['hit'])
    assert.equal(ends.length, 1)
  })

  it('sends and reports 500 in place of a response that node:http would refuse', async () => {
    const { textOf, outcomes, ends } = await warmApp({ 'x-control': 'a\x01' })
    assert.equal(
      textOf(),
      'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nConnection: keep-alive\r\n\r\n',
    )
    assert.deepEqual([outcomes, ends.map(({ status }) => status)], [['hit'], [500]])
  })

  it('sends 500 if the front throws', () => {
    const throwing = {
      entryOf() {
        throw new Error('broken')
      },
    }
    const respond = createHitResponder(throwing as unknown as FrontHits)
    assert.match(respond(URL_X, KEEP)?.[0] ?? '', /^HTTP\/1\.1 500 /)
  })
})
