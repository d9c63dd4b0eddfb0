/** Rows played through sockets: no `fetch`, which hides fields and adds its own. */
import assert from 'node:assert/strict'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { HandlerRequest } from '../../conformance/origin.ts'
import { HOST } from '../../conformance/row.ts'
import type { ClientRequest, ClientResponse, RowTarget } from '../../conformance/run-row.ts'
import { CONTROL, type Control } from './service.ts'

/** Two of them in one answer contradict each other, or are one too many. */
const ONCE = ['age', 'content-length', 'content-range', 'content-type', 'date', 'etag', 'last-modified']

export interface Sockets extends RowTarget {
  close(): void
}

/**
 * @param url where the service listens.
 * @param dated does its server add a Date where there is none? (RFC 9110 §6.6.1.)
 */
export function throughSockets(url: string, dated: boolean): Sockets {
  const agent = new Agent({ keepAlive: true })
  const { hostname, port } = new URL(url)

  function ask({ method, host, path, headers: sent }: ClientRequest, content = ''): Promise<ClientResponse> {
    return new Promise((resolve, reject) => {
      const headers = {
        host,
        ...Object.fromEntries(Object.entries(sent).map(([name, lines]) => [name, [lines].flat()])),
      }
      const asking = httpRequest({ agent, hostname, port, method, path, headers }, (answer) => {
        seenOf(answer, dated).then(resolve, reject)
      })
      asking.once('error', reject)
      asking.end(content)
    })
  }

  async function control<Name extends keyof Control>(name: Name, said: Control[Name]): Promise<string> {
    const question = { method: 'POST', host: HOST, path: CONTROL + name, headers: {} }
    const { status, body } = await ask(question, JSON.stringify(said))
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
    request: (question) => ask(question),
    handlerRequests: async () => JSON.parse(await control('handlerRequests', null)) as HandlerRequest[], // our own service says it
    close: () => agent.destroy(),
  }
}

async function seenOf(answer: IncomingMessage, dated: boolean): Promise<ClientResponse> {
  const fields = new Map<string, string>()
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at]?.toLowerCase() ?? ''
    const value = answer.rawHeaders[at + 1] ?? ''
    const before = fields.get(name)
    assert.ok(before === undefined || !ONCE.includes(name), `${name} is sent twice: ${before}, ${value}`)
    fields.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  const status = answer.statusCode ?? 0
  const framings = ['content-length', 'transfer-encoding'].filter((name) => fields.has(name))
  assert.ok(fields.has('date') || !dated, 'there is no date')
  assert.ok(framings.length <= (status === 204 ? 0 : 1), `a ${status} is framed by ${framings.join(' and ')}`)

  const chunks: Buffer[] = []
  let bodyFailed = false
  try {
    for await (const chunk of answer) chunks.push(chunk)
  } catch {
    bodyFailed = true
  }
  const bytes = Buffer.concat(chunks)
  return { status, headers: fields, body: bytes.toString(), length: bytes.length, bodyFailed }
}
