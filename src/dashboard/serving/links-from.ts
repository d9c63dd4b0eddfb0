/** The links of the page, relative to its URL. */
import type { PageLinks } from '../page/page-links.ts'

/** URLs of the two files, relative to the page with a slash at its end. */
export interface FileLinks {
  readonly css: string
  readonly js: string
}

/**
 * Returns links for the page at this URL. Without a slash at its end they begin with the last part of its path, so a proxy may have put
 * anything before that.
 */
export function linksFrom(pageUrl: string, { css, js }: FileLinks): PageLinks {
  const [path = ''] = pageUrl.split(/[?#]/, 1) // not parsed: Bun passes on a `Host` with which the URL is not valid
  const last = path.split('/').at(-1) ?? ''
  const base = last === '' ? './' : `./${last}/` // without `./`, a colon in the name would make it a scheme
  const link = (url: string) => (/^(\/|https?:)/.test(url) ? url : base + url)
  return {
    css: link(css),
    js: link(js),
    data: link('data.json'),
    purge: link('purge'),
    control: link('control'),
  }
}
