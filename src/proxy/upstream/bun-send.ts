/** Sends requests by the `fetch` of Bun, which keeps connections open and can leave bodies encoded. */
import type { Send } from './send.ts'

export const bunSend: Send = async ({ method, url, headers, body, signal }) => {
  const init = { method, headers, body, signal, redirect: 'manual', decompress: false, duplex: 'half' }
  const response = await fetch(url, init as RequestInit) // `decompress` is an option of Bun
  return { status: response.status, headers: new Headers(response.headers), body: response.body }
}
