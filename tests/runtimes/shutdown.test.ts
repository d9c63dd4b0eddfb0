/** A real SIGTERM under load: every request that the service has received by then is answered. */
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
        // Requests are slow and uncached, so nearly all of them are in progress at any moment.
        const service = await startService(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '100' })
        const load = openLoad(Number(new URL(service.url).port))
        await load.responses(3 * CLIENTS)
        const sentBefore = load.stop()
        const { code, output } = await service.end(signal)
        const { answered, lost } = await load.finished()

        assert.deepEqual({ lost, code }, { lost: [], code: 0 }, output)
        assert.ok(answered >= sentBefore && sentBefore > 3 * CLIENTS, `${answered} of ${sentBefore}`)
        assert.match(output, /"message":"Stopped"/)
        await assert.rejects(fetch(`${service.url}/health`), 'it still listens')
      })
    }

    it('answers every hit from the socket until it closes the connection', { timeout: 30_000 }, async () => {
      const service = await startService(runtime, { SOCKET_HITS: 'on' })
      const load = openLoad(Number(new URL(service.url).port))
      await load.responses(20 * CLIENTS)
      const { code, output } = await service.end()
      const { answered, lost } = await load.finished()
      assert.deepEqual(
        { lost, code, isAnswered: answered >= 20 * CLIENTS },
        { lost: [], code: 0, isAnswered: true },
        output,
      )
      assert.match(output, /"message":"Stopped"/)
    })

    it('does not wait for connections without a complete request', { timeout: 30_000 }, async () => {
      const service = await startService(runtime)
      const sockets = ['', 'GET /health HTTP/1.1\r\nHos'].map((sent) => {
        const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => void socket.write(sent))
        socket.on('error', () => {}) // the service closes it, as expected
        return socket
      })
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
      const startedAt = performance.now()
      const { code, output } = await service.end()
      for (const socket of sockets) socket.destroy()
      assert.equal(code, 0, output)
      assert.ok(performance.now() - startedAt < 9000, 'it waited for the drain timeout')
      assert.match(output, /"message":"Stopped"/)
    })

    it('exits immediately at the second signal', { timeout: 30_000 }, async () => {
      const service = await startService(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '20000' })
      const slow = fetch(`${service.url}/api/user/user_001`).catch(() => 'closed')
      await until(async () => (await metric(service.url, 'http_requests_in_flight')) === 2)
      process.kill(service.pid, 'SIGINT')
      await until(async () => service.output().includes('Stopping'))
      const { code } = await service.end('SIGINT')
      assert.deepEqual([code, await slow], [1, 'closed'])
    })

    it('exits immediately at a second signal that arrives as it starts to stop', {
      timeout: 30_000,
    }, async () => {
      const preload = { bun: '--preload', node: '--import' }[runtime]
      const env = { CACHE: 'off', REPOSITORY_DELAY_MS: '20000' }
      const service = await startService(runtime, env, [
        preload,
        join(root, 'tests/runtimes/second-signal.ts'),
      ])
      const slow = fetch(`${service.url}/api/user/user_001`).catch(() => 'closed')
      await until(async () => (await metric(service.url, 'http_requests_in_flight')) === 2)
      const { code, output } = await service.end('SIGINT')
      assert.deepEqual([code, await slow], [1, 'closed'])
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
  /** Resolves after `count` responses. */
  responses(count: number): Promise<void>
  /** Stops sending requests, and returns the number of those sent. */
  stop(): number
  finished(): Promise<{ answered: number; lost: string[] }>
}

/** Clients over bare sockets that keep their connection, and send the next request after each response. */
function openLoad(port: number): Load {
  let sent = 0
  let answered = 0
  let stopped = false
  const lost: string[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const clients = Array.from({ length: CLIENTS }, client)

  function client(): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => send())
      let pending = false
      let received = ''

      function send(isLast = stopped): void {
        if (isLast) return void socket.end()
        pending = true
        sent++
        socket.write('GET /api/user/user_001 HTTP/1.1\r\nHost: localhost\r\n\r\n')
      }
      socket.on('data', (chunk) => {
        received += chunk.toString()
        if (!received.includes('alice@example.com"}')) return
        if (!received.startsWith('HTTP/1.1 200')) lost.push(received)
        const isLast = stopped || /^connection: close\r$/im.test(received)
        pending = false
        answered++
        received = ''
        for (const { count, resolve } of waiting) if (answered >= count) resolve()
        send(isLast)
      })
      socket.on('error', (error) =>
        lost.push(`${error.message} ${pending ? 'with an unanswered request' : ''}`),
      )
      socket.on('close', () => {
        if (pending) lost.push(`closed before the response was complete, after ${JSON.stringify(received)}`)
        resolve()
      })
    })
  }

  return {
    responses: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
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

/** Polls with short pauses, so that the service gets the processor. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}
