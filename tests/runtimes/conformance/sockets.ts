/** Plays rows over sockets, without `fetch`, which hides headers and adds its own. */
import assert from 'node:assert/strict'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { HandlerRequest } from '../../conformance/origin.ts'
import { HOST } from '../../conformance/row.ts'
import type { ClientRequest, ClientResponse, RowTarget } from '../../conformance/run-row.ts'
import { CONTROL, type Control } from './service.ts'

/** Headers that a response must not repeat. */
const ONCE = ['age', 'content-length', 'content-range', 'content-type', 'date', 'etag', 'last-modified']

export interface Sockets extends RowTarget {
  close(): void
}

/**
 * @param url of the service.
 * @param dated true if the server adds Date to a response without one (RFC 9110 §6.6.1).
 */
export function throughSockets(url: string, dated: boolean): Sockets {
  const agent = new Agent({ keepAlive: true })
  const { hostname, port } = new URL(url)

  function send(
    { method, host, path, headers: sentHeaders }: ClientRequest,
    content = '',
  ): Promise<ClientResponse> {
    return new Promise((resolve, reject) => {
      const headers = {
        host,
        ...Object.fromEntries(Object.entries(sentHeaders).map(([name, lines]) => [name, [lines].flat()])),
      }
      const request = httpRequest({ agent, hostname, port, method, path, headers }, (response) => {
        clientResponse(response, dated).then(resolve, reject)
      })
      request.once('error', reject)
      request.end(content)
    })
  }

  async function control<Name extends keyof Control>(name: Name, message: Control[Name]): Promise<string> {
    const request = { method: 'POST', host: HOST, path: CONTROL + name, headers: {} }
    const { status, body } = await send(request, JSON.stringify(message))
    assert.equal(status, 200, `${name}: ${body}`)
    return body
  }

  return {
    async reset(options) {
      await control('reset', options)
    },
    async prepare(seconds, plan) {
      await control('prepare', { seconds, plan })
    },
    request: (request) => send(request),
    handlerRequests: async () => JSON.parse(await control('handlerRequests', null)) as HandlerRequest[], // from conformanceService
    close: () => agent.destroy(),
  }
}

async function clientResponse(response: IncomingMessage, dated: boolean): Promise<ClientResponse> {
  const headers = new Map<string, string>()
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index]?.toLowerCase() ?? ''
    const value = response.rawHeaders[index + 1] ?? ''
    const previous = headers.get(name)
    assert.ok(
      previous === undefined || !ONCE.includes(name),
      `${name} must be sent once, got ${previous} and ${value}`,
    )
    headers.set(name, previous === undefined ? value : `${previous}, ${value}`)
  }
  const status = response.statusCode ?? 0
  const framing = ['content-length', 'transfer-encoding'].filter((name) => headers.has(name))
  assert.ok(headers.has('date') || !dated, 'Date is missing')
  assert.ok(
    framing.length <= (status === 204 ? 0 : 1),
    `a ${status} has too many framing headers: ${framing.join(' and ')}`,
  )

  const chunks: Buffer[] = []
  let bodyFailed = false
  try {
    for await (const chunk of response) chunks.push(chunk)
  } catch {
    bodyFailed = true
  }
  const bytes = Buffer.concat(chunks)
  return { status, headers, body: bytes.toString(), length: bytes.length, bodyFailed }
}
