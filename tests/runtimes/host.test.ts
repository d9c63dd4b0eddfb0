/** Requests without a usable Host get the same answers on Bun and Node, whichever server receives them. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type RunningService, startService } from './running-service.ts'

const paths = ['/health', '/health/ready', '/metrics', '/api/user/user_001', '/api/users']

const unusable = ['', 'a b', 'x/metrics?', '\xe9', 'user@host']

describe('requests without a usable Host', { concurrency: true }, () => {
  for (const runtime of ['bun', 'node'] as const) {
    for (const SOCKET_HITS of ['on', 'off']) {
      describe(`on ${runtime} with SOCKET_HITS=${SOCKET_HITS}`, { timeout: 60_000 }, () => {
        let service: RunningService
        before(async () => {
          service = await startService(runtime, { SOCKET_HITS })
        })
        after(() => service.end())

        it('answer 200 over HTTP/1.0 without Host', async () => {
          for (const path of [...paths, ...paths]) {
            const answer = await exchange(service, `GET ${path} HTTP/1.0\r\n\r\n`)
            assert.match(answer, /^HTTP\/1\.1 200 /, path)
          }
        })

        it('answer 400 over HTTP/1.1 without Host', async () =>
          assert.match(await exchange(service, 'GET /health HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /))

        it('answer 400 with a problem document if Host is no host', async () => {
          for (const host of unusable) {
            const answer = await exchange(service, `GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
            assert.match(answer, /^HTTP\/1\.1 400 .*application\/problem\+json.*"Host must be a host/is, host)
          }
        })
      })
    }
  }
})

/** Sends bytes, and returns all bytes until the service closes the connection. */
function exchange(service: RunningService, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () =>
      socket.write(request, 'latin1'),
    )
    socket.setEncoding('latin1')
    socket.on('data', (text) => (answer += String(text)))
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}
