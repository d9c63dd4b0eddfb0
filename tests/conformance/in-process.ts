/** Rows played without a socket in between. */
import { createOrigin, headersOf, type Origin } from './origin.ts'
import type { Seen, Stage } from './play.ts'

export function inProcess(): Stage {
  let origin: Origin

  return {
    async begin(options) {
      origin = createOrigin(options)
    },
    async prepare(seconds, plan) {
      origin.prepare(seconds, plan)
    },
    async request({ method, host, path, fields }) {
      const request = new Request(`http://${host}${path}`, { method, headers: headersOf(fields) })
      return seenOf(await origin.fetch(request))
    },
    asked: () => origin.asked(),
  }
}

async function seenOf(response: Response): Promise<Seen> {
  const { status } = response
  const fields = new Map(response.headers)
  try {
    const bytes = await response.arrayBuffer()
    return {
      status,
      fields,
      body: new TextDecoder().decode(bytes),
      length: bytes.byteLength,
      brokeOff: false,
    }
  } catch {
    return { status, fields, body: '', length: 0, brokeOff: true }
  }
}
