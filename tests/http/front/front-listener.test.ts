import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { connect } from 'node:tls'
import { FrontHits } from '../../../src/http/front/front-hits.ts'
import {
  type FrontListenerOptions,
  frontListener,
  type RequestListener,
  serveHitsBefore,
} from '../../../src/http/front/front-listener.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { counter, testApp } from '../../support/test-app.ts'

const lifetime = { 'cache-control': 'max-age=60' }

/** A request of `node:http`. */
function incoming(url = '/x'): IncomingMessage {
  const message = { method: 'GET', httpVersion: '1.1', url, rawHeaders: ['Host', 'localhost'], socket: {} }
  return message as unknown as IncomingMessage // has all the properties that the listener reads
}

/** Records the calls of a response of `node:http`. */
function outgoing(state: Partial<ServerResponse> = {}, onCall: (name: string) => void = () => {}) {
  const calls: unknown[][] = []
  const record =
    (name: string) =>
    (...args: unknown[]) => {
      onCall(name)
      calls.push([name, ...args])
      return response
    }
  const methods = { writeHead: record('writeHead'), end: record('end'), destroy: record('destroy') }
  const response = { destroyed: false, headersSent: false, ...methods, ...state } as unknown as ServerResponse
  return { response, calls }
}

/** A listener whose adapter only records its calls, for an app with `/x` in the index. */
async function warmListener(options: Partial<FrontListenerOptions> = {}, headers = lifetime) {
  const made = testApp()
  made.app.get('/x', made.cached({ front: true }), counter(headers).handler)
  const passedOn: unknown[] = []
  let fetch: Parameters<FrontListenerOptions['getRequestListener']>[0] | undefined
  const listener = frontListener(made.app.fetch, {
    cache: made.cache,
    getRequestListener(given) {
      fetch = given
      return (request) => passedOn.push(request)
    },
    ...options,
  })
  for (const _ of [1, 2]) await (await (fetch ?? assert.fail())(new Request('http://localhost/x'))).text()
  return { ...made, listener, passedOn }
}

describe('frontListener()', () => {
  it('serves a hit in one call, reports it, and does not call the adapter', async () => {
    const ends: unknown[] = []
    const { listener, passedOn, outcomes } = await warmListener({
      onRequest: ({ durationMs: _, ...end }) => ends.push(end),
    })
    const { response, calls } = outgoing()
    listener(incoming(), response)
    assert.deepEqual(
      calls.map(([name, first]) => [name, first]),
      [
        ['writeHead', 200],
        ['end', '1'],
      ],
    )
    assert.deepEqual([passedOn, outcomes], [[], ['miss', 'hit', 'hit']])
    assert.deepEqual(ends, [
      {
        ...{ method: 'GET', route: '/x', status: 200, bytes: 1 },
        ...{ url: 'http://localhost/x', hitHeaders: undefined, peer: {} },
      },
    ])
  })

  it('passes other requests on, with the result of the adapter’s listener', async () => {
    const { listener, passedOn, outcomes } = await warmListener()
    const request = incoming('/y')
    assert.equal(listener(request, outgoing().response), 1)
    assert.deepEqual([passedOn, outcomes], [[request], ['miss', 'hit']])
  })

  for (const state of [{ destroyed: true }, { headersSent: true }]) {
    it(`leaves a response to the adapter that is ${Object.keys(state)}`, async () => {
      const { listener, passedOn, outcomes } = await warmListener()
      const { response, calls } = outgoing(state)
      listener(incoming(), response)
      assert.deepEqual([passedOn.length, calls, outcomes], [1, [], ['miss', 'hit']])
    })
  }

  it('responds with 500, and does not throw, if node:http refuses a value', async () => {
    const statuses: number[] = []
    const { listener } = await warmListener({ onRequest: ({ status }) => statuses.push(status) })
    let isFirst = true
    const { response, calls } = outgoing({}, () => {
      if (!isFirst) return
      isFirst = false
      throw new TypeError('Invalid character in header content')
    })
    listener(incoming(), response)
    assert.deepEqual(calls, [['writeHead', 500, 'Internal Server Error', { 'content-length': 0 }], ['end']])
    assert.deepEqual(statuses, [500])
  })

  it('responds with 500, and does not throw, if the look-up throws', async () => {
    const hits = new FrontHits('test', { cache: testApp().cache })
    hits.entryOf = () => {
      throw new Error('broken') // as a memory store of the application may
    }
    const { response, calls } = outgoing()
    serveHitsBefore(() => assert.fail('it must not be called'), hits)(incoming(), response)
    assert.deepEqual(calls, [['writeHead', 500, 'Internal Server Error', { 'content-length': 0 }], ['end']])
  })

  it('destroys a response that fails after its head', async () => {
    const { listener } = await warmListener()
    const { response, calls } = outgoing({}, (name) => {
      if (name !== 'end') return
      Object.assign(response, { headersSent: true })
      throw new Error('broken')
    })
    listener(incoming(), response)
    assert.deepEqual(calls.at(-1), ['destroy'])
  })
})

describe('serveHitsBefore()', () => {
  it('passes all requests on while the service is draining', async () => {
    const { app, cache, cached, outcomes } = testApp()
    app.get('/x', cached({ front: true }), counter(lifetime).handler)
    const hits = new FrontHits('test', { cache })
    for (const _ of [1, 2]) {
      const request = new Request('http://localhost/x')
      hits.attach(request)
      await app.fetch(request)
    }
    let isDraining = false
    let passedOn = 0
    const listener = serveHitsBefore(
      () => ++passedOn,
      hits,
      () => isDraining,
    )
    listener(incoming(), outgoing().response)
    assert.deepEqual([passedOn, outcomes.length], [0, 3])
    isDraining = true
    listener(incoming(), outgoing().response)
    assert.deepEqual([passedOn, outcomes.length], [1, 3])
  })
})

describe('frontListener() over TLS', () => {
  const skip = process.versions.bun !== undefined && '@hono/node-server replaces the Response of this process'

  it('serves URLs with https', { skip }, async () => {
    const { getRequestListener } = await import('@hono/node-server')
    const { app, cache, cached } = testApp()
    app.get('/x', cached({ front: true }), (c) => c.text(c.req.url, 200, lifetime))
    let adapted = 0
    const listener = frontListener(app.fetch, {
      cache,
      getRequestListener: (fetch): RequestListener => {
        const adapter = getRequestListener(fetch)
        return (request, response) => {
          adapted++
          return adapter(request, response)
        }
      },
    })
    const { certFile, keyFile, cert, remove } = makeCertificate()
    const server = createServer({ cert, key: readFileSync(keyFile, 'utf8') }, listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      for (const _ of [1, 2, 3]) {
        const text = await receive(port, readFileSync(certFile, 'utf8'))
        assert.match(text, /^HTTP\/1.1 200 OK\r\n.*\r\n\r\nhttps:\/\/localhost\/x$/s)
      }
      assert.equal(adapted, 2)
    } finally {
      server.close()
      remove()
    }
  })

  function receive(port: number, ca: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let received = ''
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () =>
        socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
      )
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1')
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(received))
    })
  }
})

describe('frontListener() validates its arguments', () => {
  const { cache, app } = testApp()
  const getRequestListener = () => () => {}
  const invalid: [fetch: unknown, options: unknown, message: string][] = [
    [
      app,
      { cache, getRequestListener },
      'frontListener: fetch must be a function such as app.fetch, got an object',
    ],
    [app.fetch, { cache }, 'frontListener: getRequestListener must be a function, got undefined'],
    [
      app.fetch,
      { getRequestListener },
      'frontListener: cache must be a cache made by createCache(), got undefined',
    ],
    [
      app.fetch,
      { cache: { lookup() {} }, getRequestListener },
      'frontListener: cache must be a cache made by createCache(), got an object',
    ],
    [
      app.fetch,
      { cache, getRequestListener, onRequest: 1 },
      'frontListener: onRequest must be a function, got 1',
    ],
    [
      app.fetch,
      { cache, getRequestListener, readHeader() {} },
      'frontListener: unknown option "readHeader"; did you mean "hitHeaders"?',
    ],
  ]
  for (const [fetch, options, message] of invalid) {
    it(`throws: ${message}`, () => {
      assert.throws(() => frontListener(fetch as never, options as never), { name: 'TypeError', message })
    })
  }
})
