/** Responses of `fetch` that a handler returns unchanged: `fetch` decodes the body, and leaves `Content-Encoding`. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { proxy } from 'hono/proxy'
import { get } from '../../support/coded-app.ts'
import { testApp } from '../../support/test-app.ts'

/** Timers that never expire: the body is buffered, however slowly it arrives. */
const never = () => () => {}

const TEXT = 'a sentence that an upstream compresses, '.repeat(50)

describe('cached() before a handler that returns the response of fetch', async () => {
  const encoders = { gzip: gzipSync, br: brotliCompressSync }
  let requests = 0
  const upstream = createServer((request, response) => {
    requests++
    const coding = request.url === '/br' ? 'br' : 'gzip'
    response.setHeader('content-encoding', coding)
    response.setHeader('cache-control', 'max-age=60')
    response.setHeader('content-type', 'text/plain')
    response.end(encoders[coding](TEXT))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  after(() => upstream.close())
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`

  for (const coding of ['gzip', 'br'] as const) {
    it(`does not store a decoded body that claims to be ${coding}`, async () => {
      for (const options of [{}, { bufferBytes: 0 }]) {
        const { app, cached, cache, get: request, settled } = testApp({ schedule: never })
        app.get('/:coding', cached(options), (c) => fetch(`${origin}${c.req.path}`))
        const before = requests
        for (let i = 0; i < 2; i++) {
          const { status, body } = await get({ get: request }, coding, {}, `/${coding}`)
          await settled()
          assert.equal(new TextDecoder().decode(body), TEXT, 'as without a cache')
          const isFirst = status.includes('fwd=uri-miss')
          assert.ok(isFirst)
          if (options.bufferBytes === undefined) assert.match(status, /detail=decoded-body$/)
        }
        assert.equal(requests - before, 2)
        assert.equal(cache.stats().entries, 0)
      }
    })
  }

  it('stores the response of proxy(), which removes the header', async () => {
    const { app, cached, get: request } = testApp()
    app.get('/gzip', cached(), () => proxy(`${origin}/gzip`))
    await get({ get: request }, 'gzip', {}, '/gzip')
    const { isHit, coding, body } = await get({ get: request }, undefined, {}, '/gzip')
    assert.deepEqual([isHit, coding, new TextDecoder().decode(body)], [true, null, TEXT])
  })
})
