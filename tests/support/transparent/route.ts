/** Routes and bodies of the transparency tests. */
import type { Handler } from 'hono'
import type { TransparencyCase } from './observe.ts'

export const bytes = (text: string) => new TextEncoder().encode(text)

export function streamOf(...parts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(bytes(part))
      controller.close()
    },
  })
}

/** The route `/x` with this handler. */
export const get = (
  name: string,
  handler: Handler,
  more: Partial<TransparencyCase> = {},
): TransparencyCase => ({
  name,
  routes: ({ app, cache }) => void app.on('GET', ['/x'], ...cache, handler),
  ...more,
})

/** A handler that returns nothing, which the types do not allow. */
export const nothing = (() => undefined) as unknown as Handler
