/** The bytes that the HTTP server of the runtime sends are the same with `measured()` and without, and each request ends once. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Hono, type MiddlewareHandler } from 'hono'
import { type MeasuredEnd, measured } from '../../../src/http/measured/measured.ts'
import { appCases } from '../../support/transparent/apps.ts'
import { middlewareCases } from '../../support/transparent/middleware.ts'
import { silently, type TransparencyCase } from '../../support/transparent/observe.ts'
import { openRawServer, type RawResponse, type RawServer } from '../../support/transparent/raw-server.ts'
import { responseCases } from '../../support/transparent/responses.ts'

const noEffect: MiddlewareHandler = async (_, next) => {
  await next()
}

describe('transparency of measured() over sockets', () => {
  let server: RawServer
  before(async () => {
    server = await openRawServer()
  })
  after(() => server.close())

  function send(
    { routes, path = '/x', request }: TransparencyCase,
    middleware: MiddlewareHandler,
  ): Promise<RawResponse> {
    const app = new Hono()
    routes({ app, cache: [middleware], log() {} })
    return server.send((received, env) => app.fetch(received, env as object), path, request)
  }

  for (const one of [...responseCases, ...appCases, ...middlewareCases]) {
    it(`the bytes are those of Hono: ${one.name}`, () =>
      silently(async () => {
        const ends: MeasuredEnd[] = []
        const problems: unknown[] = []
        let started = 0
        const middleware = measured({
          onStart: () => void started++,
          onEnd: (end) => ends.push(end),
          onError: (error) => problems.push(error),
        })
        const plain = await send(one, noEffect)
        const seen = await send(one, middleware)
        if (one.name === 'PUT')
          for (const response of [plain, seen]) response.headers = withoutFraming(response)
        assert.deepEqual(seen, plain)
        assert.deepEqual(problems, [])
        if (one.name.startsWith('timeout')) return // answers before the handler has ended
        assert.equal(ends.length, started)
        const [end] = ends
        // Middleware around it may change the response afterwards.
        if (end === undefined || ends.length > 1 || one.name.includes('before the cache')) return
        if (one.name.includes('around the cache')) return
        const [, status] = plain.statusLine.split(' ')
        if (status !== undefined) assert.equal(end.status, Number(status)) // Bun closes the connection if a body fails
        if (end.bytes !== undefined && end.status < 500) assert.equal(end.bytes, plain.body.length)
      }))
  }
})

/** Bun knows no length of the body of a request that is sent back, but finds that of a stream of JavaScript. */
function withoutFraming({ headers }: RawResponse): string[] {
  if (!('Bun' in globalThis)) return headers
  return headers.filter((line) => !/^(?:content-length|transfer-encoding):/.test(line))
}
