/** A browser seeks in a recording behind `cached()`. Browsers seek only if their first range is answered with a 206. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createCache } from '../../src/cache/create-cache.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { skipUnless } from '../support/installed.ts'

const SECONDS = 62.5
const RATE = 48_000

/** A tone of 3 MB: one channel, 8 bits per sample. */
function recording(): Uint8Array<ArrayBuffer> {
  const samples = SECONDS * RATE
  const bytes = Buffer.alloc(44 + samples, 128)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + samples, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16) // length of the format
  bytes.writeUInt16LE(1, 20) // PCM
  bytes.writeUInt16LE(1, 22) // channels
  bytes.writeUInt32LE(RATE, 24)
  bytes.writeUInt32LE(RATE, 28) // bytes per second
  bytes.writeUInt16LE(1, 32) // bytes per sample
  bytes.writeUInt16LE(8, 34) // bits per sample
  bytes.write('data', 36)
  bytes.writeUInt32LE(samples, 40)
  for (let i = 0; i < samples; i++) bytes[44 + i] = 128 + 50 * Math.sin(i / 20)
  return new Uint8Array(bytes)
}

const NAMES = ['/streamed.wav', '/stored.wav', '/whole.wav'] as const
type Name = (typeof NAMES)[number]

/** The state of the player after it was asked to seek to the middle. */
interface Seek {
  duration: number
  currentTime: number
  /** End of the part of the recording in which the player can seek; 0 if it cannot seek. */
  seekable: number
}

/** Loads each recording, seeks to its middle, and sends the result. */
const PAGE = `<!doctype html><script>
  function seek(name) {
    return new Promise((resolve) => {
      const audio = new Audio(name)
      audio.preload = 'metadata'
      audio.onerror = () => resolve({ error: audio.error.message })
      audio.onloadedmetadata = () => { audio.currentTime = audio.duration / 2 }
      audio.onseeked = () => resolve({
        duration: audio.duration,
        currentTime: audio.currentTime,
        seekable: audio.seekable.length && audio.seekable.end(0),
      })
    })
  }
  async function seekAll() {
    const seeks = {}
    for (const name of ${JSON.stringify(NAMES)}) seeks[name] = await seek(name)
    await fetch('/seeks', { method: 'POST', body: JSON.stringify(seeks) })
  }
  seekAll()
</script>`

interface Exchange {
  path: string
  range: string | undefined
  status: number
  cacheStatus: string | null
}

/** An app with the three recordings. Each response is recorded, and the result that the page sends resolves `seeks`. */
function playerApp() {
  const bytes = recording()
  const exchanges: Exchange[] = []
  const { promise: seeks, resolve } = Promise.withResolvers<Record<Name, Seek>>()
  const app = new Hono()
  const route = { cache: createCache({ memory: memoryStore() }), targetedControl: 'max-age=60' }
  app.use(async (c, next) => {
    await next()
    const { path } = c.req
    const cacheStatus = c.res.headers.get('cache-status')
    exchanges.push({ path, range: c.req.header('range'), status: c.res.status, cacheStatus })
  })
  app.get('/', (c) => c.html(PAGE))
  app.post('/seeks', async (c) => {
    resolve(await c.req.json())
    return c.text('thanks')
  })
  app.use('/streamed.wav', cached(route)) // 3 MB are more than maxBodyBytes
  app.use('/stored.wav', cached({ ...route, maxBodyBytes: 4_000_000 }))
  app.get('/:name', (c) => {
    const chunks = Array.from({ length: 46 }, (_, i) => bytes.subarray(i * 65_536, (i + 1) * 65_536)).values()
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const { done, value } = chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    })
    return c.body(body, 200, { 'content-type': 'audio/wav', 'content-length': String(bytes.length) })
  })
  return { app, exchanges, seeks }
}

describe('a browser that seeks in a recording of 3 MB', {
  skip: skipUnless('chromium'),
  timeout: 30_000,
}, () => {
  let seeks: Record<Name, Seek>
  let exchanges: Exchange[]
  let close: () => Promise<void>

  before(async () => {
    const player = playerApp()
    exchanges = player.exchanges
    const server = serve({ fetch: player.app.fetch, hostname: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    const folder = await mkdtemp(join(tmpdir(), 'hitrate-chromium-'))
    const browser = spawn(
      'chromium',
      [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--mute-audio'],
        ...['--remote-debugging-port=0', `--user-data-dir=${folder}`],
        `http://127.0.0.1:${address.port}/`,
      ],
      { stdio: 'ignore' },
    )
    const kill = () => browser.kill()
    process.once('exit', kill) // an interrupted test run must not leave the browser behind
    const ended = once(browser, 'close').then(([code]) => `chromium ended with ${code}`, String)
    close = async () => {
      kill()
      await ended
      process.off('exit', kill)
      server.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    }
    const early = ended.then((reason) => assert.fail(reason))
    seeks = await Promise.race([player.seeks, early])
  })
  after(() => close())

  for (const [name, cacheStatus] of [
    ['/streamed.wav', /detail=too-large$/],
    ['/stored.wav', /hit; ttl=\d+$/],
  ] as const) {
    it(`seeks to the middle, with ranges alone: ${name}`, () => {
      assert.deepEqual(seeks[name], { duration: SECONDS, currentTime: SECONDS / 2, seekable: SECONDS })
      const answers = exchanges.filter(({ path }) => path === name)
      assert.ok(answers.length >= 2)
      for (const { range, status } of answers) {
        assert.ok(range !== undefined)
        assert.ok(status === 206 || status === 304, `${range} got ${status}`)
      }
      assert.match(answers[1]?.cacheStatus ?? '', cacheStatus)
    })
  }

  it('cannot seek in a recording that is answered with 200', () => {
    assert.deepEqual(seeks['/whole.wav'], { duration: SECONDS, currentTime: 0, seekable: 0 })
  })
})
