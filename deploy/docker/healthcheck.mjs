/**
 * Health check of a container, on Bun or Node: exits with 0 if the service answers with 200, otherwise with 1 and the reason.
 *
 *     node healthcheck.mjs [PATH]     Default: /health. /health/ready is 503 while the service cannot work, or is stopping.
 */
import { get } from 'node:http' // fetch() of Bun would use a proxy of the environment
import process from 'node:process'

const TIMEOUT_MS = 2000

/** A service that listens on all addresses also listens on loopback. */
const EVERY_ADDRESS = ['', '0.0.0.0', '::', '[::]']

const [, , path = '/health'] = process.argv
const host = process.env.HOST?.trim() ?? ''
const port = process.env.PORT?.trim() || 3000

const request = get({
  host: EVERY_ADDRESS.includes(host) ? '127.0.0.1' : host.replace(/^\[(.*)\]$/, '$1'),
  port,
  path,
  timeout: TIMEOUT_MS,
  agent: false,
})
request.on('response', ({ statusCode }) => end(statusCode === 200, `${path} answered ${statusCode}`))
request.on('timeout', () => end(false, `${path} did not answer within ${TIMEOUT_MS} ms`))
request.on('error', (error) => end(false, error.message))

function end(isHealthy, reason) {
  if (!isHealthy) process.stderr.write(`${reason}\n`)
  process.exit(isHealthy ? 0 : 1)
}
