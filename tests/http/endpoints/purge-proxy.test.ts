/** Purges over sockets: a proxy in front of the app sets `Host`, as one that ends TLS does, and purges come through an admin port. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { type Purged, purge } from '../../../src/http/endpoints/purge.ts'
import { counter, testApp } from '../../support/test-app.ts'
import { NOTHING } from '../../support/test-purge.ts'

const servers: Server[] = []

/** Leaves the global `Request` and `Response` as they are: on Bun, all units share one process. */
function listenerFor(fetch: Hono['fetch']) {
  return getRequestListener(fetch, { overrideGlobalObjects: false })
}

async function listen(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A proxy that forwards each request to a port, with another `Host`. */
function proxyTo(port: number, host: string): Server {
  return createServer((request, response) => {
    const options = { port, host: '127.0.0.1', path: request.url, method: request.method }
    const headers = { ...request.headers, host, 'x-forwarded-proto': 'https' }
    const forwarded = httpRequest({ ...options, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(forwarded)
  })
}

describe('a purge behind a proxy', () => {
  let page: (port: number) => Promise<string>
  let send: (body: object) => Promise<Purged>
  const proxies: Record<string, number> = {}

  before(async () => {
    const test = testApp()
    test.app.get('/blog/x', test.cached({ targetedControl: 'max-age=60' }), counter().handler)
    const port = await listen(createServer(listenerFor(test.app.fetch)))
    const admin = new Hono().post('/purge', purge({ cache: test.cache, fetch: test.app.fetch }))
    const adminPort = await listen(createServer(listenerFor(admin.fetch)))
    for (const host of ['example.com', 'example.com:3000', 'other.example']) {
      proxies[host] = await listen(proxyTo(port, host))
    }
    page = async (to) => (await fetch(`http://127.0.0.1:${to}/blog/x`)).text()
    send = async (body) => {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      const response = await fetch(`http://127.0.0.1:${adminPort}/purge`, init)
      return (await response.json()) as Purged
    }
  })
  after(() => {
    for (const server of servers) server.close()
  })

  it('removes the page of the host by its https URL, and counts it', async () => {
    const { 'example.com': plain = 0, 'example.com:3000': withPort = 0, 'other.example': other = 0 } = proxies
    const before = [await page(plain), await page(withPort), await page(other)]
    assert.deepEqual([await page(plain), await page(withPort), await page(other)], before)
    const urls = ['https://example.com/blog/x', 'https://example.com/nothing']
    assert.deepEqual(await send({ urls }), { ...NOTHING, urls: 1, unreached: urls.slice(1) })
    assert.notEqual(await page(plain), before[0])
    assert.notEqual(await page(withPort), before[1])
    assert.equal(await page(other), before[2])
  })

  it('removes the page of every host by its path or prefix', async () => {
    const ports = Object.values(proxies)
    for (const body of [{ urls: ['/blog/x'] }, { prefixes: ['/blog/'] }]) {
      const before = await Promise.all(ports.map((port) => page(port)))
      const { urls, prefixes } = await send(body)
      assert.equal(urls + prefixes, 1)
      for (const [i, port] of ports.entries()) assert.notEqual(await page(port), before[i])
    }
  })
})
