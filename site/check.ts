/**
 * Checks the built site: every internal link, anchor and image; the form of foreign links; that a page loads nothing from elsewhere; that
 * the sidebar, llms.txt and llms-full.txt have every page of docs/.
 *
 *     node tools/node.mjs site/check.ts
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { missingPages, readNavigation } from './navigation.ts'
import { siteUrl } from './page-urls.ts'

const docs = fileURLToPath(new URL('../docs', import.meta.url))
const dist = fileURLToPath(new URL('.vitepress/dist', import.meta.url))
const base = process.env.SITE_BASE ?? '/'

/** A file that a page refers to. */
interface Reference {
  /** `href`, `src` or `srcset`. */
  attribute: string
  url: string
  /** The browser loads it with the page. */
  isLoaded: boolean
}

/** Text and anchors of a file of the site. */
const htmlFiles = new Map(
  globSync('**/*.html', { cwd: dist }).map((file) => [file, readFileSync(join(dist, file), 'utf8')]),
)
const anchors = new Map([...htmlFiles].map(([file, html]) => [file, idsOf(html)]))

const problems = [
  ...[...htmlFiles].flatMap(([file, html]) => brokenReferences(file, html)),
  ...missingPages(readFileSync(join(docs, 'README.md'), 'utf8'), globSync('**/*.md', { cwd: docs })),
  ...llmsProblems(),
  ...missingPictures(),
]
for (const problem of problems) console.error(problem)
console.log(`${htmlFiles.size} pages, ${problems.length} problems`)
process.exitCode = problems.length > 0 || htmlFiles.size === 0 ? 1 : 0

function idsOf(html: string): Set<string> {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => decode(id)))
}

function brokenReferences(file: string, html: string): string[] {
  return referencesOf(html).flatMap((reference) => {
    const problem = problemOf(file, reference)
    return problem === undefined ? [] : [`${file}: ${reference.attribute}="${reference.url}" ${problem}`]
  })
}

function referencesOf(html: string): Reference[] {
  const visible = html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, (script) =>
    script.slice(0, script.indexOf('>') + 1),
  )
  return [...visible.matchAll(/<(\w+)\b([^>]*)>/g)].flatMap(([, tag = '', attributes = '']) =>
    [...attributes.matchAll(/\s(href|src|srcset)="([^"]*)"/g)].map(([, attribute = '', url = '']) => ({
      attribute,
      url: decode(url.replace(/ \d+(\.\d+)?[wx]$/, '')),
      isLoaded: tag !== 'a',
    })),
  )
}

function problemOf(file: string, { url, isLoaded }: Reference): string | undefined {
  if (url.startsWith('data:')) return undefined
  if (/^[a-z][a-z+.-]*:|^\/\//i.test(url)) {
    if (isLoaded) return 'is loaded from another origin'
    if (!/^(https?:|mailto:)/.test(url)) return 'has an unusual scheme'
    return URL.canParse(url) ? undefined : 'is no URL'
  }
  const from = `https://site.example${base}${file.replace(/index\.html$/, '')}`
  const { pathname, hash } = new URL(url, from)
  if (!pathname.startsWith(base)) return `is outside of ${base}`
  const path = decodeURI(pathname.slice(base.length))
  const target = path === '' || path.endsWith('/') ? `${path}index.html` : path
  if (!existsSync(join(dist, target))) return 'does not exist'
  const anchor = decodeURIComponent(hash.slice(1))
  return anchor === '' || anchors.get(target)?.has(anchor) === true ? undefined : 'has no such anchor'
}

/** Images of docs/ in HTML, which the site leaves out while they do not exist. */
function missingPictures(): string[] {
  return globSync('**/*.md', { cwd: docs }).flatMap((page) => {
    const text = readFileSync(join(docs, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
    return [...text.matchAll(/\s(?:src|srcset)="([^":]+)"/g)]
      .map(([, image = '']) => image)
      .filter((image) => !existsSync(join(docs, dirname(page), image)))
      .map((image) => `docs/${page}: ${image} does not exist`)
  })
}

/** llms.txt links to each page of the sidebar once, and llms-full.txt has their texts. */
function llmsProblems(): string[] {
  const [list = '', full = ''] = ['llms.txt', 'llms-full.txt'].map((file) => {
    const path = join(dist, file)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  })
  const linked = [...list.matchAll(/\]\(([^)]+)\)/g)].map(([, url = '']) => url)
  const pages = readNavigation(readFileSync(join(docs, 'README.md'), 'utf8')).flatMap(({ pages }) => pages)
  return [
    ...(list.startsWith('# hitrate\n\n> ') ? [] : ['llms.txt: does not begin with a title and a summary']),
    ...linked.filter((url) => !existsSync(join(dist, url))).map((url) => `llms.txt: ${url} does not exist`),
    ...linked.filter((url, i) => linked.indexOf(url) !== i).map((url) => `llms.txt: ${url} is listed twice`),
    ...pages
      .map(({ path }) => path)
      .filter((path) => !linked.includes(`${siteUrl(path).slice(1)}index.md`))
      .map((path) => `llms.txt: ${path} is missing`),
    ...pages
      .map(({ path }) => path)
      .filter((path) => !full.includes(readFileSync(join(docs, path), 'utf8').trim()))
      .map((path) => `llms-full.txt: ${path} is missing`),
  ]
}

function decode(text: string): string {
  return text
    .replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
}
