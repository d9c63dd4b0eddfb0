/** Runs rows without a socket. */
import { createOrigin, type Origin, type OriginOptions, toHeaders } from './origin.ts'
import type { ClientResponse, RowTarget } from './run-row.ts'

export function inProcess(originOptions: OriginOptions = {}): RowTarget {
  let origin: Origin

  return {
    async reset(options) {
      origin = createOrigin(options, originOptions)
    },
    async prepare(seconds, plan) {
      origin.prepare(seconds, plan)
    },
    async request({ method, host, path, headers }) {
      const request = new Request(`http://${host}${path}`, { method, headers: toHeaders(headers) })
      return readResponse(await origin.fetch(request))
    },
    handlerRequests: () => origin.handlerRequests(),
  }
}

async function readResponse(response: Response): Promise<ClientResponse> {
  const { status } = response
  const headers = new Map(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers.set('set-cookie', cookies.join(', '))
  try {
    const bytes = await response.arrayBuffer()
    return {
      status,
      headers,
      body: new TextDecoder().decode(bytes),
      length: bytes.byteLength,
      bodyFailed: false,
    }
  } catch {
    return { status, headers, body: '', length: 0, bodyFailed: true }
  }
}
