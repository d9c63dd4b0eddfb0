/** Responses with text, compressed if the client accepts that. */
import type { Context } from 'hono'
import { acceptedCodings, weightOf } from '../../http/fields/accept-encoding.ts'

/** A shorter text fits into one packet anyway. */
const WORTH_COMPRESSING = 1400

/** Responds with the text, with gzip if the client accepts it and the runtime has it. */
export async function compressed(
  c: Context,
  text: string,
  headers: Record<string, string>,
): Promise<Response> {
  const fields = { ...headers, vary: 'accept-encoding' }
  const isWorth = text.length >= WORTH_COMPRESSING && typeof CompressionStream === 'function'
  if (!isWorth || weightOf(acceptedCodings(c.req.header('accept-encoding')), 'gzip') === 0) {
    return c.body(text, 200, fields)
  }
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  const body = await new Response(stream).arrayBuffer()
  return new Response(body, { headers: { ...fields, 'content-encoding': 'gzip' }, ...NO_REENCODING })
}

/** Stops workerd from compressing the compressed body again. Other runtimes ignore this option. */
const NO_REENCODING = { encodeBody: 'manual' } as const
