/** A real SIGTERM under load: whatever the service had received by then is answered. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type ProcessRuntime, root, startService } from './running-service.ts'

const CLIENTS = 40

for (const runtime of ['bun', 'node'] satisfies ProcessRuntime[]) {
  describe(`stopping on ${runtime}`, () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      it(`answers every request received before ${signal}, then exits with 0`, {
        timeout: 30_000,
      }, async () => {
        // Each request takes a while and none is answered from memory: at any moment nearly all are under way.
        const service = await startService(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '100' })
        const load = openLoad(Number(new URL(service.url).port))
        await load.answered(3 * CLIENTS)
        const sentBefore = load.stop()
        const { code, output } = await service.end(signal)
        const { answered, lost } = await load.finished()

        assert.deepEqual({ lost, code }, { lost: [], code: 0 }, output)
        assert.ok(answered >= sentBefore && sentBefore > 3 * CLIENTS, `${answered} of ${sentBefore}`)
        assert.match(output, /"message":"Stopped"/)
        await assert.rejects(fetch(`${service.url}/health`), 'it still listens')
      })
    }

    it('does not wait for connections that have sent no whole request', { timeout: 30_000 }, async () => {
      const service = await startService(runtime)
      const sockets = ['', 'GET /health HTTP/1.1\r\nHos'].map((sent) => {
        const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => void socket.write(sent))
        socket.on('error', () => {}) // it is closed on it: that is what is wanted
        return socket
      })
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
      const startedAt = performance.now()
      const { code, output } = await service.end()
      for (const socket of sockets) socket.destroy()
      assert.equal(code, 0, output)
      assert.ok(performance.now() - startedAt < 9000, 'before the ten seconds are over')
      assert.match(output, /"message":"Stopped"/)
    })

    it('stops at once when it is told twice', { timeout: 30_000 }, async () => {
      const service = await startService(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '20000' })
      const slow = fetch(`${service.url}/api/user/user_001`).catch(() => 'cut')
      await until(async () => (await metric(service.url, 'http_requests_in_flight')) === 2)
      process.kill(service.pid, 'SIGINT')
      await until(async () => service.output().includes('Stopping'))
      const { code } = await service.end('SIGINT')
      assert.deepEqual([code, await slow], [1, 'cut'])
    })

    it('stops at once when it is told again as soon as it stops', { timeout: 30_000 }, async () => {
      const preload = { bun: '--preload', node: '--import' }[runtime]
      const env = { CACHE: 'off', REPOSITORY_DELAY_MS: '20000' }
      const service = await startService(runtime, env, [
        preload,
        join(root, 'tests/runtimes/second-signal.ts'),
      ])
      const slow = fetch(`${service.url}/api/user/user_001`).catch(() => 'cut')
      await until(async () => (await metric(service.url, 'http_requests_in_flight')) === 2)
      const { code, output } = await service.end('SIGINT')
      assert.deepEqual([code, await slow], [1, 'cut'])
      assert.doesNotMatch(output, /Stopped/, 'it did not drain')
    })

    it('refuses new connections while it finishes a slow request', { timeout: 30_000 }, async () => {
      const service = await startService(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '1500' })
      const slow = fetch(`${service.url}/api/user/user_001`)
      await until(async () => (await metric(service.url, 'http_requests_in_flight')) === 2)
      const ending = service.end()
      await until(
        async () =>
          !(await fetch(`${service.url}/health`).then(
            () => true,
            () => false,
          )),
      )
      const response = await slow
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('connection'), 'close')
      assert.equal((await ending).code, 0)
    })
  })
}

interface Load {
  /** Resolves when so many answers have come. */
  answered(count: number): Promise<void>
  /** From now on a client sends no further request. How many have been sent. */
  stop(): number
  finished(): Promise<{ answered: number; lost: string[] }>
}

/** Clients that keep their connections and send the next request as soon as the last is answered, over bare sockets. */
function openLoad(port: number): Load {
  let sent = 0
  let answered = 0
  let stopped = false
  const lost: string[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const clients = Array.from({ length: CLIENTS }, client)

  function client(): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', send)
      let pending = false
      let received = ''

      function send(): void {
        if (stopped) return void socket.end()
        pending = true
        sent++
        socket.write('GET /api/user/user_001 HTTP/1.1\r\nHost: localhost\r\n\r\n')
      }
      socket.on('data', (chunk) => {
        received += chunk.toString()
        if (!received.includes('alice@example.com"}')) return
        if (!received.startsWith('HTTP/1.1 200')) lost.push(received)
        pending = false
        answered++
        received = ''
        for (const { count, resolve } of waiting) if (answered >= count) resolve()
        send()
      })
      socket.on('error', (error) =>
        lost.push(`${error.message} ${pending ? 'with a request unanswered' : ''}`),
      )
      socket.on('close', () => {
        if (pending) lost.push(`closed before the answer, after ${JSON.stringify(received)}`)
        resolve()
      })
    })
  }

  return {
    answered: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
    stop() {
      stopped = true
      return sent
    },
    async finished() {
      await Promise.all(clients)
      return { answered, lost }
    },
  }
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
}

/** Asks again and again, as fast as answers come. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}
