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

  function send({ method, host, path, headers: sent }: ClientRequest, content = ''): Promise<ClientResponse> {
    return new Promise((resolve, reject) => {
      const headers = {
        host,
        ...Object.fromEntries(Object.entries(sent).map(([name, lines]) => [name, [lines].flat()])),
      }
      const request = httpRequest({ agent, hostname, port, method, path, headers }, (response) => {
        seenOf(response, dated).then(resolve, reject)
      })
      request.once('error', reject)
      request.end(content)
    })
  }

  async function control<Name extends keyof Control>(name: Name, message: Control[Name]): Promise<string> {
    const question = { method: 'POST', host: HOST, path: CONTROL + name, headers: {} }
    const { status, body } = await send(question, JSON.stringify(message))
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
    request: (question) => send(question),
    handlerRequests: async () => JSON.parse(await control('handlerRequests', null)) as HandlerRequest[], // from conformanceService
    close: () => agent.destroy(),
  }
}

async function seenOf(response: IncomingMessage, dated: boolean): Promise<ClientResponse> {
  const fields = new Map<string, string>()
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index]?.toLowerCase() ?? ''
    const value = response.rawHeaders[index + 1] ?? ''
    const before = fields.get(name)
    assert.ok(before === undefined || !ONCE.includes(name), `${name} must be sent once: ${before}, ${value}`)
    fields.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  const status = response.statusCode ?? 0
  const framings = ['content-length', 'transfer-encoding'].filter((name) => fields.has(name))
  assert.ok(fields.has('date') || !dated, 'Date is missing')
  assert.ok(framings.length <= (status === 204 ? 0 : 1), `a ${status} is framed by ${framings.join(' and ')}`)

  const chunks: Buffer[] = []
  let bodyFailed = false
  try {
    for await (const chunk of response) chunks.push(chunk)
  } catch {
    bodyFailed = true
  }
  const bytes = Buffer.concat(chunks)
  return { status, headers: fields, body: bytes.toString(), length: bytes.length, bodyFailed }
}
