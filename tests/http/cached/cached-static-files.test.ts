/** `serveStatic` of the runtime behind `cached()`, over sockets: the same as without, apart from the headers of the cache. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Hono, type MiddlewareHandler } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { openRawServer, type RawResponse, type RawServer } from '../../support/transparent/raw-server.ts'

const isBun = 'Bun' in globalThis

/** Buffered, streamed and stored, and above `maxBodyBytes`. */
const SIZES = { small: 10, medium: 100_000, large: 3_000_000 }
type Size = keyof typeof SIZES

/** No byte has the same neighbours as another one nearby. */
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 17) % 251)
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const bodies: Record<Size, string> = {
  small: latin1(bytesOf(SIZES.small)),
  medium: latin1(bytesOf(SIZES.medium)),
  large: latin1(bytesOf(SIZES.large)),
}

let folder: string
let server: RawServer
let serveStatic: (options: { root: string }) => MiddlewareHandler

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'static-'))
  for (const [name, size] of Object.entries(SIZES))
    await writeFile(join(folder, `${name}.mp4`), bytesOf(size))
  ;({ serveStatic } = isBun ? await import('hono/bun') : await import('@hono/node-server/serve-static'))
  server = await openRawServer()
})
after(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

interface Sent {
  method?: string
  headers?: Record<string, string>
}

/** An app with these files. `options` undefined: without `cached()`. */
function files(options?: Omit<CachedOptions, 'cache'>) {
  const app = new Hono()
  if (options !== undefined)
    app.use(
      cached({ cache: createCache({ memory: memoryStore() }), targetedControl: 'max-age=60', ...options }),
    )
  app.use(serveStatic({ root: folder }))
  return (size: Size, { method = 'GET', headers = {} }: Sent = {}) =>
    server.send((request) => app.fetch(request), `/${size}.mp4`, { method, headers })
}

function header({ headers }: RawResponse, name: string): string | undefined {
  return headers.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
}

function summary(response: RawResponse) {
  return {
    status: response.statusLine,
    type: header(response, 'content-type'),
    length: header(response, 'content-length'),
    range: header(response, 'content-range'),
    body: response.body,
  }
}

const RANGES: [range: string, first: number, last: number | undefined][] = [
  ['bytes=0-1', 0, 1],
  ['bytes=3-', 3, undefined],
  ['bytes=-4', -4, undefined],
  ['bytes=9-9', 9, 9],
]

describe('static files behind cached()', () => {
  for (const size of Object.keys(SIZES) as Size[]) {
    it(`a file is complete with its length, first and again: ${size}`, async () => {
      const plain = summary(await files()(size))
      assert.deepEqual([plain.body, plain.length], [bodies[size], String(SIZES[size])])
      const get = files({})
      for (const _ of ['first', 'again', 'again']) assert.deepEqual(summary(await get(size)), plain)
    })

    for (const [range, first, last] of RANGES) {
      it(`a range is cut, first and again: ${range} of ${size}`, async () => {
        const plain = await files()(size, { headers: { range } })
        const get = files({})
        for (const _ of ['first', 'again', 'again']) {
          const response = await get(size, { headers: { range } })
          assert.deepEqual(summary(response), summary(plain))
          assert.equal(response.statusLine, 'HTTP/1.1 206 Partial Content')
          assert.equal(header(response, 'accept-ranges'), 'bytes')
          assert.equal(response.body, bodies[size].slice(first, last === undefined ? undefined : last + 1))
        }
      })
    }

    it(`a range behind the end is refused with the length: ${size}`, async () => {
      const get = files({})
      for (const _ of ['first', 'again']) {
        const response = await get(size, { headers: { range: 'bytes=5000000-' } })
        assert.match(response.statusLine, / 416 /)
        assert.equal(header(response, 'content-range'), `bytes */${SIZES[size]}`)
        assert.equal(response.body, '')
      }
    })

    it(`ten clients at once get the whole file and parts of it: ${size}`, async () => {
      const get = files({})
      const whole = Array.from({ length: 3 }, () => get(size))
      const parts = RANGES.map(([range]) => get(size, { headers: { range } }))
      for (const response of await Promise.all(whole)) assert.equal(response.body, bodies[size])
      for (const [i, response] of (await Promise.all(parts)).entries()) {
        const [range = '', first, last] = RANGES[i] ?? []
        assert.match(response.statusLine, / 206 /, range)
        assert.equal(
          response.body,
          bodies[size].slice(first, last === undefined ? undefined : last + 1),
          range,
        )
      }
      assert.equal((await get(size)).body, bodies[size])
    })

    it(`HEAD gets no body: ${size}`, async () => {
      const plain = await files()(size, { method: 'HEAD' })
      const get = files({})
      for (const _ of ['first', 'again']) {
        const response = await get(size, { method: 'HEAD' })
        assert.equal(response.statusLine, plain.statusLine)
        assert.equal(response.body, '')
        // Without the cache, Hono on Bun sends 0.
        if (!isBun) assert.equal(header(response, 'content-length'), String(SIZES[size]))
      }
    })
  }

  it('a stored file has an ETag, and a client that has it gets a 304', async () => {
    const get = files({})
    const isHit = (response: RawResponse) => header(response, 'cache-status')?.startsWith('hitrate; hit')
    let response = await get('medium')
    // The file is stored shortly after its end was sent.
    for (let tries = 0; !isHit(response) && tries < 100; tries++) response = await get('medium')
    assert.ok(isHit(response))
    const etag = header(response, 'etag') ?? ''
    const again = await get('medium', { headers: { 'if-none-match': etag, range: 'bytes=0-1' } })
    assert.match(again.statusLine, / 304 /)
    assert.equal(again.body, '')
  })

  it('options that add headers change no range', async () => {
    const get = files({ vary: 'x-any', cacheControl: 'max-age=5' })
    for (const size of ['medium', 'large'] as const) {
      for (const _ of ['first', 'again']) {
        const response = await get(size, { headers: { range: 'bytes=0-1' } })
        assert.match(response.statusLine, / 206 /)
        assert.equal(header(response, 'vary'), 'x-any')
      }
    }
  })

  it('a file on Bun is stored with its first response', { skip: !isBun }, async () => {
    const response = await files({})('medium')
    assert.match(header(response, 'cache-status') ?? '', /^hitrate; fwd=uri-miss; ttl=(60|59); stored$/)
    assert.equal(header(response, 'accept-ranges'), 'bytes')
  })
})
