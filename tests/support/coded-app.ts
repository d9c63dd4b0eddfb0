/** Routes whose handler makes several content codings, and requests for them. */
import type { Context } from 'hono'
import { compress } from 'hono/compress'
import type { CachedOptions } from '../../src/http/cached/cached.ts'
import { type TestApp, testApp } from './test-app.ts'

export const TEXT = 'a sentence that can be compressed, '.repeat(100)

/** A route with `compress()` behind the cache. */
export function compressedApp(options: Omit<CachedOptions, 'cache'> = {}) {
  const test = testApp()
  let runs = 0
  test.app.get('/x', test.cached({ targetedControl: 'max-age=60', ...options }), compress(), (c) => {
    runs++
    return c.text(TEXT)
  })
  return { ...test, runs: () => runs }
}

/**
 * A route whose handler makes these codings, the preferred one first. The body is the name of the coding.
 * @param codings may change between requests.
 */
export function codedApp(
  codings: string[],
  cacheControl = 'max-age=60',
  options: Omit<CachedOptions, 'cache'> = {},
) {
  const test = testApp()
  const requests: string[] = []
  test.app.get('/x', test.cached(options), (c) => {
    const field = c.req.header('accept-encoding')
    requests.push(field ?? 'none')
    return coded(c, codings.find((coding) => lists(field, coding)) ?? 'identity', cacheControl)
  })
  return { ...test, requests }
}

export function lists(field: string | undefined, coding: string): boolean {
  return field?.split(',').some((member) => member.trim() === coding) ?? false
}

export function coded(c: Context, coding: string, cacheControl: string, vary = 'Accept-Encoding'): Response {
  return c.body(codedBytes(coding), 200, {
    vary,
    'cache-control': cacheControl,
    'content-type': 'text/plain',
    ...(coding === 'identity' ? {} : { 'content-encoding': coding }),
  })
}

/** The text with the magic bytes of gzip or zstd before it; a real gzip is not needed, because nothing decodes it. */
export function codedBytes(coding: string, text = coding): Uint8Array<ArrayBuffer> {
  const magic = coding === 'gzip' ? [0x1f, 0x8b] : coding === 'zstd' ? [0x28, 0xb5, 0x2f, 0xfd] : []
  return Uint8Array.from([...magic, ...new TextEncoder().encode(text)])
}

/** The text of {@link codedBytes}. */
function textOf(bytes: Uint8Array): string {
  const start = bytes[0] === 0x1f ? 2 : bytes[0] === 0x28 ? 4 : 0
  return new TextDecoder().decode(bytes.subarray(start))
}

export async function get(
  app: Pick<TestApp, 'get'>,
  accepted?: string,
  headers: Record<string, string> = {},
  path = '/x',
) {
  const response = await app.get(path, {
    ...headers,
    ...(accepted === undefined ? {} : { 'accept-encoding': accepted }),
  })
  const status = response.headers.get('cache-status') ?? ''
  const body = new Uint8Array(await response.arrayBuffer())
  return {
    coding: response.headers.get('content-encoding'),
    isHit: status.includes('; hit'),
    status,
    response,
    body,
    text: textOf(body),
  }
}

export async function gunzipped(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream('gzip'))).text()
}
