/** The listener on Node sends the bytes that the adapter sends, and leaves every request that is not plain to the adapter. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { front } from '../../../src/http/front/front.ts'
import { frontListener } from '../../../src/http/front/front-listener.ts'
import { addRoutes, comparable, get, LAST, paths, requests } from '../../support/front-requests.ts'
import { exchange } from '../../support/raw-exchange.ts'
import { testApp } from '../../support/test-app.ts'

const skip = process.versions.bun !== undefined && '@hono/node-server replaces the Response of this process'

interface Opened {
  server: Server
  port: number
  /** Number of requests that the adapter has got. */
  adapted(): number
  outcomes: string[]
}

/** Serves the same routes, with the listener or with the adapter alone. */
async function open(isPlainAdapter: boolean): Promise<Opened> {
  const { app, cache, cached, outcomes } = testApp()
  addRoutes(app, cached)
  let adapted = 0
  function countingAdapter(fetch: Hono['fetch']): ReturnType<typeof getRequestListener> {
    return getRequestListener((request, env) => {
      adapted++
      return fetch(request, env)
    })
  }
  const listener = isPlainAdapter
    ? countingAdapter(front(app.fetch, { cache }))
    : frontListener(app.fetch, { cache, getRequestListener: countingAdapter })
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port, adapted: () => adapted, outcomes }
}

describe('the listener and the adapter', { skip }, () => {
  let ours: Opened
  let adapter: Opened

  before(async () => {
    ours = await open(false)
    adapter = await open(true)
    for (const { port } of [ours, adapter]) {
      // The second request adds the URL to the index.
      for (const path of [...paths, ...paths]) await exchange(port, get(`/${path}`) + LAST)
    }
  })
  after(() => {
    for (const { server } of [ours, adapter]) server.close()
  })

  async function assertSame(text: string): Promise<number> {
    const [own, expected] = [ours.outcomes.length, adapter.outcomes.length]
    const adapted = adapter.adapted() - ours.adapted()
    const answer = await exchange(ours.port, text + LAST)
    assert.deepEqual(comparable(answer), comparable(await exchange(adapter.port, text + LAST)))
    assert.deepEqual(ours.outcomes.slice(own), adapter.outcomes.slice(expected))
    return adapter.adapted() - ours.adapted() - adapted
  }

  for (const [name, text, ownAnswers] of requests) {
    it(`send the same bytes: ${name}`, async () => {
      assert.equal(await assertSame(text), ownAnswers, 'requests that did not reach the adapter')
    })
  }

  it('send the same bytes when the URLs of all these requests are in the index', async () => {
    for (const _ of ['second', 'third']) for (const [, text] of requests) await assertSame(text)
    assert.equal(await assertSame(get('/text', '', 'Host: example.com:3000\r\n')), 1)
    assert.equal(await assertSame(get('/text', '', 'Host: a@example.com\r\n')), 0)
  })
})
