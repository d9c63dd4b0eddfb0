/** The proxy as a process on Node and Bun, before an upstream that breaks HTTP. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { type ProcessRuntime, type RunningService, startProgram } from '../runtimes/running-service.ts'
import { HostileUpstream } from '../support/proxy/hostile-upstream.ts'

const PROGRAM = 'tests/support/proxy/proxy-program.ts'

/** All bytes of the response to a request line, which `fetch` might change. */
async function raw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.write(`${request} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n`)
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

for (const runtime of ['node', 'bun'] as ProcessRuntime[]) {
  describe(`the proxy on ${runtime}`, { timeout: 60_000 }, () => {
    let upstream: HostileUpstream
    let proxy: RunningService

    before(async () => {
      upstream = await new HostileUpstream().listen()
      const options = { upstream: upstream.url, port: 0, timeoutMs: 500, threads: 2 }
      proxy = await startProgram(runtime, PROGRAM, {
        PROXY_OPTIONS: JSON.stringify(options),
        NODE_COMPILE_CACHE: 'node_modules/.cache/hitrate',
      })
    })
    after(async () => {
      upstream.close()
      await proxy?.end('SIGKILL')
    })

    for (const [path, status, reason] of [
      ['/close', 502, 'The upstream closed the connection before it answered'],
      ['/garbage', 502, 'The upstream does not answer in HTTP'],
      ['/switch', 502, 'The upstream changed the protocol, which it was not asked for'],
      ['/status', 502, 'The upstream sent the status 999, which is none of HTTP'],
      ['/huge-header', 502, 'The header of the upstream is too large'],
      ['/hang', 504, 'The upstream did not answer within 500 ms'],
    ] as const) {
      it(`${path} is a ${status} with a reason, and is logged`, async () => {
        const response = await fetch(proxy.url + path)
        const { detail } = (await response.json()) as { detail: string }
        assert.deepEqual([response.status, detail], [status, reason])
        const line = new RegExp(`"The upstream failed".*"status":${status},"reason":"${reason}"`)
        while (!line.test(proxy.output())) await new Promise(setImmediate) // a thread writes it
      })
    }

    for (const path of ['/half', '/stall']) {
      it(`${path}: a body that does not end fails for the client, and is not stored`, async () => {
        for (let i = 0; i < 2; i++) {
          const text = await raw(proxy.url, `GET ${path}`)
          assert.doesNotMatch(text, /stored|; hit/)
          assert.ok(/^HTTP\/1.1 50[24] /.test(text) || !text.endsWith('0\r\n\r\n'), text)
        }
      })
    }

    it('an encoded body stays encoded, in the memory too', async () => {
      for (const expected of ['stored', 'hit']) {
        const text = await raw(proxy.url, 'GET /gzip')
        const [head = '', ...body] = text.split('\r\n\r\n')
        assert.match(head, /content-encoding: gzip/i)
        assert.match(head, new RegExp(expected))
        assert.equal(gunzipSync(Buffer.from(body.join('\r\n\r\n'), 'latin1')).length, 6000)
      }
    })

    it('early hints and trailers do not disturb the response', async () => {
      for (const [path, text] of [
        ['/early', 'early'],
        ['/trailers', 'hello'],
      ] as const) {
        const response = await fetch(proxy.url + path)
        assert.deepEqual(
          [response.status, await response.text(), response.headers.get('trailer')],
          [200, text, null],
        )
      }
    })

    it('each Set-Cookie passes, and such a response is not stored', async () => {
      for (let i = 0; i < 2; i++) {
        const response = await fetch(`${proxy.url}/cookies`)
        assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
        assert.match(response.headers.get('cache-status') ?? '', /detail=set-cookie/)
      }
    })

    it('a redirect to the upstream becomes one to the proxy, and is not followed', async () => {
      const response = await fetch(`${proxy.url}/redirect`, { redirect: 'manual' })
      assert.deepEqual([response.status, response.headers.get('location')], [302, '/x'])
    })

    it('an event arrives before the stream ends, and the upstream notices that the client leaves', async () => {
      const leave = new AbortController()
      const response = await fetch(`${proxy.url}/events`, { signal: leave.signal })
      const { value } = (await response.body?.getReader().read()) ?? {}
      assert.equal(new TextDecoder().decode(value), 'data: 1\n\n')
      leave.abort()
      while (!upstream.closed.includes('/events')) await new Promise(setImmediate)
    })

    it('the target of a request keeps its spelling', async () => {
      await raw(proxy.url, 'GET /a%2Fb%zz/%7e?q=%41+b&c=')
      assert.equal(upstream.requests.at(-1), 'GET /a%2Fb%zz/%7e?q=%41+b&c= HTTP/1.1')
    })

    it('has its page, its metrics and its health, for this machine only', async () => {
      for (const [path, type] of [
        ['/__hitrate', /^text\/html/],
        ['/__hitrate/metrics', /^text\/plain/],
        ['/__hitrate/health', /^application\/json/],
      ] as const) {
        const response = await fetch(proxy.url + path)
        assert.equal(response.status, 200, path)
        assert.match(response.headers.get('content-type') ?? '', type)
        await response.body?.cancel()
        assert.match(await raw(proxy.url, `GET ${path}`), /^HTTP\/1.1 403 /)
      }
    })

    it('ends with 0 after its last response', async () => {
      await fetch(`${proxy.url}/ok`)
      const { code, output } = await proxy.end('SIGTERM')
      assert.equal(code, 0, output)
      assert.match(output, /"message":"Stopped"/)
    })
  })
}
