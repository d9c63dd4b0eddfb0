/** Sends requests by the `fetch` of Bun, which keeps connections open and can leave bodies encoded. */
import type { Send } from './send.ts'
import { UpstreamError } from './upstream-error.ts'

/** Largest header of a response, in characters: the limit of Node, where Bun has none. */
const MAX_HEADER = 16 * 1024

export const bunSend: Send = async ({ method, url, headers, body, signal }) => {
  const init = { method, headers, body, signal, redirect: 'manual', decompress: false, duplex: 'half' }
  const response = await fetch(url, init as RequestInit) // `decompress` is an option of Bun
  const received = new Headers(response.headers)
  if (sizeOf(received) > MAX_HEADER) {
    await response.body?.cancel()
    throw new UpstreamError(502, 'The header of the upstream is too large')
  }
  return { status: response.status, headers: received, body: response.body }
}

function sizeOf(headers: Headers): number {
  let size = 0
  headers.forEach((value, name) => {
    size += name.length + value.length + 4
  })
  return size
}
