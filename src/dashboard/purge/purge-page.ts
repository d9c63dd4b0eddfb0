/** The page that answers the purge form of a browser without scripts. */
import { html } from 'hono/html'

/** Members of the answer of `purge()`: of a purge, or of a problem document. */
export interface PurgeAnswer {
  readonly urls?: number
  readonly tags?: number
  readonly prefixes?: number
  readonly all?: boolean
  readonly unreached?: readonly string[]
  readonly unmatched?: readonly string[]
  readonly confirmed?: boolean
  readonly detail?: string
  readonly errors?: readonly { readonly field: string; readonly message: string }[]
}

export interface PurgePageOptions {
  /** Status of the answer of `purge()`. */
  readonly status: number
  /** Its body, parsed. */
  readonly answer: unknown
  /** True if entries were made stale, and not removed. */
  readonly soft: boolean
  /** URL of the style sheet. */
  readonly css: string
}

export function purgePage({ status, answer, soft, css }: PurgePageOptions) {
  const lines = status === 200 ? done(answer as PurgeAnswer, soft) : failed(answer as PurgeAnswer)
  const title = status === 200 ? 'Purged' : 'Not purged'
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="${css}">
</head>
<body>
<main>
<h1>${title}</h1>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
<p><a href="./">Back to the figures</a></p>
</main>
</body>
</html>
`
}

function done(answer: PurgeAnswer, soft: boolean): string[] {
  const { urls = 0, tags = 0, prefixes = 0, all, unreached = [], unmatched = [], confirmed } = answer
  const verb = soft ? 'made stale' : 'removed'
  return [
    ...(all ? [`All entries were ${verb}.`] : []),
    ...(urls > 0 ? [`URLs whose responses were ${verb}: ${urls}`] : []),
    ...(tags > 0 ? [`Tags whose entries were ${verb}: ${tags}`] : []),
    ...(prefixes > 0 ? [`Prefixes whose responses were ${verb}: ${prefixes}`] : []),
    ...unmatched.map((url) => `Nothing is stored of ${url}`),
    ...unreached.map((url) => `No cache is reached by ${url}`),
    ...(confirmed ? [] : ['The shared tier or another process has not confirmed it yet; it is repeated.']),
  ]
}

function failed({ detail = '', errors = [] }: PurgeAnswer): string[] {
  return [detail, ...errors.map(({ field, message }) => `${field} ${message}`)]
}
