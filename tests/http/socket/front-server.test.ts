/** The server sends the bytes that the listener sends, for hits of all kinds and for all odd requests. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { frontListener } from '../../../src/http/front/front-listener.ts'
import type { HitHeaders } from '../../../src/http/front/hit-headers.ts'
import { type FrontServerOptions, frontServer } from '../../../src/http/socket/front-server.ts'
import { addRoutes, comparable, get, LAST, paths, requests } from '../../support/front-requests.ts'
import { RawClient } from '../../support/raw-client.ts'
import { testApp } from '../../support/test-app.ts'

const isBun = process.versions.bun !== undefined

interface Opened {
  server: Server
  outcomes: string[]
  /** Sends the text, then {@link LAST}, and returns all bytes of the answers. */
  exchange(text: string): Promise<string>
}

/** The adapter without its global Request and Response, because other tests share the process. */
const adapter = (fetch: Hono['fetch']) => getRequestListener(fetch, { overrideGlobalObjects: false })

/** Serves the routes, whose URLs are in the index of the front. */
async function open(
  create: (app: Hono, options: FrontServerOptions) => Server,
  hitHeaders?: HitHeaders,
): Promise<Opened> {
  const { app, cache, cached, outcomes } = testApp()
  addRoutes(app, cached)
  const own = hitHeaders === undefined ? {} : { hitHeaders }
  const server = create(app, { cache, getRequestListener: adapter, ...own })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port

  async function exchange(text: string): Promise<string> {
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const client = new RawClient(port)
    const [socket] = await accepted
    await client.send(text)
    while (socket.bytesRead < text.length && !socket.destroyed) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    await client.send(LAST)
    const answer = await client.ended()
    client.close()
    return answer
  }

  for (const path of [...paths, ...paths]) await exchange(get(`/${path}`)) // the second request adds the URL to the index
  return { server, outcomes, exchange }
}

const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})

/** The lines of an answer in lower case. node:http sends an empty body as an empty stream, which counts as an empty body here. */
function linesOf(answer: string): string[] {
  const emptyStream = /transfer-encoding: chunked((?:\r\n.+)*\r\n\r\n)0\r\n\r\n/i
  return comparable(answer.replace(emptyStream, 'content-length: 0$1'))
    .map((line) => line.toLowerCase())
    .sort()
}

describe('frontServer()', () => {
  describe('sends the same bytes as frontListener', { skip: isBun && 'Bun.serve writes other bytes' }, () => {
    let ours: Opened
    let listener: Opened
    before(async () => {
      ours = await open((app, options) => frontServer(app.fetch, options))
      listener = await open((app, options) => createServer(frontListener(app.fetch, options)))
    })
    for (const [name, text] of requests) {
      it(name, async () => {
        const [own, expected] = [ours.outcomes.length, listener.outcomes.length]
        const [answer, reference] = [await ours.exchange(text), await listener.exchange(text)]
        assert.deepEqual(linesOf(answer), linesOf(reference))
        assert.deepEqual(ours.outcomes.slice(own), listener.outcomes.slice(expected))
      })
    }
  })

  it('sends the headers of single requests as frontListener does', {
    skip: isBun && 'see above',
  }, async () => {
    const hitHeaders: HitHeaders = {
      reads: ['cookie', 'x-id'],
      sets: ['x-out', 'x-name'],
      values: ([cookie, id], status) => [`${cookie} ${id} ${status}`, id],
    }
    const ours = await open((app, options) => frontServer(app.fetch, options), hitHeaders)
    const listener = await open((app, options) => createServer(frontListener(app.fetch, options)), hitHeaders)
    const withIds = ['1', 'text, é', '2'].map((id): [string, string] => [
      `the id ${id}`,
      get('/latin', `X-Id: ${id}\r\nx-ID: b\r\n`) + get('/text'),
    ])
    for (const [name, text] of [...withIds, ...requests]) {
      const [answer, reference] = [await ours.exchange(text), await listener.exchange(text)]
      assert.deepEqual(linesOf(answer), linesOf(reference), name)
      if (name === 'the id 2') assert.match(answer, /x-out: undefined 2, b 200\r\nx-name: 2, b\r\n/i)
    }
  })

  it('sends the same responses if misses are served from the socket', async () => {
    const handing = await open((app, options) => frontServer(app.fetch, options))
    const serving = await open((app, options) => frontServer(app.fetch, { ...options, serveMisses: true }))
    for (const [name, text] of requests) {
      if (!isBun && name.includes('without a type')) continue // there the adapter may or may not add one
      if (isBun && name === 'the host ') continue // Bun's node:http answers it on a connection handed over
      const [own, expected] = [serving.outcomes.length, handing.outcomes.length]
      const [answer, reference] = [await serving.exchange(text), await handing.exchange(text)]
      assert.deepEqual(linesOf(answer), linesOf(reference), name)
      assert.deepEqual(serving.outcomes.slice(own), handing.outcomes.slice(expected), name)
    }
  })

  it('passes its options to the server of node:http', async () => {
    const { app, cache } = testApp()
    const serverOptions = { keepAliveTimeout: 2000 }
    const { httpServer } = frontServer(app.fetch, { cache, getRequestListener: adapter, serverOptions })
    assert.equal(httpServer.keepAliveTimeout, 2000)
  })

  it('names arguments that it cannot use', () => {
    const { app, cache } = testApp()
    assert.throws(
      () => frontServer(null as never, { cache, getRequestListener: adapter }),
      /frontServer: fetch must be a function/,
    )
    assert.throws(() => frontServer(app.fetch, { cache } as never), /frontServer: .*getRequestListener/)
    assert.throws(
      () => frontServer(app.fetch, { getRequestListener: adapter } as never),
      /frontServer: .*cache/,
    )
    const wrong = { cache, getRequestListener: adapter, serveMisses: 1 } as never
    assert.throws(() => frontServer(app.fetch, wrong), /frontServer: .*serveMisses/)
    assert.throws(
      () => frontServer(app.fetch, { cache, getRequestListener: adapter, port: 1 } as never),
      /frontServer: .*port/,
    )
  })
})
