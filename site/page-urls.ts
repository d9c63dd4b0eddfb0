/** URLs of the site for paths of the repository. Every page is a folder with an index.html, which any file server serves. */
import { dirname, join } from 'node:path/posix'

export const repository = 'https://github.com/hitrate/hitrate'

/**
 * Path of a page on the site, relative to its root: `guide/why.md` becomes `guide/why/index.md`. The front page is docs/index.md, so the
 * index of all pages, docs/README.md, has a name of its own.
 */
export function sitePath(page: string): string {
  if (page === 'index.md') return page
  if (page === 'README.md') return 'pages/index.md'
  return page.replace(/(\/README)?\.md$/, '/index.md')
}

/** URL of a page below the base of the site, with a slash at both ends: `/guide/why/`. */
export function siteUrl(page: string): string {
  return `/${sitePath(page).replace(/index\.md$/, '')}`
}

/**
 * Target of a link on a page of docs/: the URL of the page on the site, or of the file on GitHub if it is not in docs/. Foreign links and
 * anchors stay as they are.
 * @param page path of the page below docs/
 */
export function linkTarget(page: string, href: string): string {
  if (/^([a-z][a-z+.-]*:|\/\/|#)/i.test(href)) return href
  const [path = '', anchor] = href.split('#')
  const hash = anchor === undefined ? '' : `#${anchor}`
  const target = join('docs', dirname(page), path) // a path of the repository
  if (target.startsWith('docs/') && target.endsWith('.md'))
    return siteUrl(target.slice('docs/'.length)) + hash
  const kind = /\.\w+$|\/(Dockerfile|LICENSE)$/.test(target) ? 'blob' : 'tree'
  return `${repository}/${kind}/main/${target}${hash}`
}

/** The anchor that GitHub makes of a heading; tests/docs.test.ts checks links against the same. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}
