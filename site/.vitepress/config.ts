/** The site: the pages of docs/ as they are on GitHub, with the index docs/README.md as the sidebar. */
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { summaryOf, writeLlmsFiles } from '../llms.ts'
import { type NavigationPage, readNavigation } from '../navigation.ts'
import { anchorOf, repository, sitePath, siteUrl } from '../page-urls.ts'
import { sidebarsOf } from '../sidebars.ts'
import { forSite } from './markdown.ts'

/** Path of the site on its server, with a slash at both ends. */
const base = process.env.SITE_BASE ?? '/'
const docs = fileURLToPath(new URL('../../docs', import.meta.url))
const site = fileURLToPath(new URL('../navigation.ts', import.meta.url))
const sections = readNavigation(readFileSync(join(docs, 'README.md'), 'utf8'))
const pages = sections.flatMap((section) => section.pages)

/** Entry of the bar at the top; left out while its page does not exist. */
function entry(text: string, page: string) {
  return pages.some(({ path }) => path === page)
    ? [{ text, link: siteUrl(page), activeMatch: match(page) }]
    : []
}

/** The section of a page, or the page itself if it lies in no folder. */
function match(page: string): string {
  return page.includes('/') ? `^/${page.split('/')[0]}/` : `^${siteUrl(page)}`
}

/** Link to the page before or after another one, in the order of docs/README.md. */
function linkTo(page?: NavigationPage) {
  return page === undefined ? false : { text: page.title, link: siteUrl(page.path) }
}

/** First page of a folder. */
function firstOf(folder: string): string {
  return pages.find(({ path }) => path.startsWith(`${folder}/`))?.path ?? ''
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0969da"/><path d="M6 22h5l4-12 4 15 3-8h4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linejoin="round" stroke-linecap="round"/></svg>`

export default defineConfig({
  title: 'hitrate',
  description:
    'A read-through cache for Hono: HTTP cache, data cache and Prometheus metrics on Bun, Node and Workers',
  base,
  srcDir: '../docs',
  rewrites: sitePath,
  cleanUrls: true,
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
    anchor: { slugify: anchorOf },
    config: (markdown) => forSite(markdown, docs),
  },
  vite: {
    plugins: [
      {
        name: 'packages of the pages', // the pages lie outside this folder, so Vue is not found from there
        enforce: 'pre',
        resolveId(id, importer) {
          return importer?.startsWith(docs) && /^vue($|\/)/.test(id) ? this.resolve(id, site) : undefined
        },
      },
      {
        name: 'diagrams', // bundling mermaid again would take four fifths of the build
        apply: 'build',
        enforce: 'pre',
        resolveId: (id) =>
          id === 'mermaid' ? { id: `${base}mermaid/mermaid.esm.min.mjs`, external: 'absolute' } : undefined,
      },
    ],
    build: { chunkSizeWarningLimit: 2000 }, // the search index and the diagrams, each loaded when it is needed
  },
  transformPageData(page) {
    const isFront = page.relativePath === 'index.md'
    page.description ||= summaryOf(readFileSync(join(docs, page.filePath), 'utf8'))
    const place = pages.findIndex(({ path }) => path === page.filePath)
    if (place !== -1) {
      Object.assign(page.frontmatter, { prev: linkTo(pages[place - 1]), next: linkTo(pages[place + 1]) })
    }
    if (!isFront) return
    page.titleTemplate = 'hitrate'
    const bare = { sidebar: false, aside: false, editLink: false, prev: false, next: false }
    Object.assign(page.frontmatter, { ...bare, pageClass: 'front' })
  },
  themeConfig: {
    nav: [
      ...entry('Guide', 'guide/quick-start.md'),
      ...entry('Step by step', firstOf('step-by-step')),
      ...entry('Proofs', firstOf('proofs')),
      ...entry('Comparison', 'comparison.md'),
      ...entry('Reference', 'reference/options.md'),
      { text: 'All pages', link: siteUrl('README.md') },
    ],
    sidebar: sidebarsOf(sections),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Edit this page' },
    externalLinkIcon: false,
  },
  buildEnd({ outDir }) {
    const mermaid = fileURLToPath(new URL('../node_modules/mermaid/dist', import.meta.url))
    const isModule = (file: string) => !file.endsWith('.map')
    for (const part of ['mermaid.esm.min.mjs', 'chunks/mermaid.esm.min']) {
      cpSync(join(mermaid, part), join(outDir, 'mermaid', part), { recursive: true, filter: isModule })
    }
    const all = globSync('**/*.md', { cwd: docs })
    const read = (page: string) => readFileSync(join(docs, page), 'utf8')
    writeLlmsFiles({ sections, all, read, write: (name, text) => writeFileSync(join(outDir, name), text) })
  },
})
