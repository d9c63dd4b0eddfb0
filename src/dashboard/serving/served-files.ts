/** The style sheet and the script of the page: cached by browsers for long, under URLs with a hash of their content. */
import type { Context } from 'hono'
import { matchesWeakly, parseEntityTags } from '../../http/fields/entity-tags.ts'
import { compressed } from './compressed.ts'
import type { FileLinks } from './links-from.ts'
import { COMMON_HEADERS } from './page-headers.ts'

/** The contents of the files, or their URLs if something else serves them. */
export type DashboardFiles =
  | { readonly contents: { readonly css: string; readonly js: string }; readonly urls?: never }
  | { readonly urls: FileLinks; readonly contents?: never }

/** Returns the URLs of the files, which change with their content. */
export async function versionedUrls({ contents, urls }: DashboardFiles): Promise<FileLinks> {
  if (contents === undefined) return urls
  const [css, js] = await Promise.all([hashOf(contents.css), hashOf(contents.js)])
  return { css: `dashboard.css?v=${css}`, js: `dashboard.js?v=${js}` }
}

/** Responds with a file, or with 304 if the client has it. A request without the present hash is to revalidate each time. */
export async function serveFile(c: Context, text: string, type: string): Promise<Response> {
  const hash = await hashOf(text)
  const etag = `W/"${hash}"` // weak, because the body may be compressed
  const isVersioned = c.req.query('v') === hash
  const headers = {
    ...COMMON_HEADERS,
    etag,
    'cache-control': isVersioned ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
  const known = parseEntityTags(c.req.header('if-none-match') ?? '')
  if (known !== undefined && matchesWeakly(known, etag)) {
    return c.body(null, 304, { ...headers, vary: 'accept-encoding' })
  }
  return compressed(c, text, { ...headers, 'content-type': type })
}

/** The first 64 bits of the SHA-256, in hexadecimal digits. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest, 0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
