/**
 * llms.txt, the list of pages for language models (llmstxt.org), and llms-full.txt, all pages in one file. Our pages are plain Markdown
 * already, so this takes fewer lines than the configuration of a plugin, and no packages.
 */
import type { NavigationSection } from './navigation.ts'
import { siteUrl } from './page-urls.ts'

export interface LlmsOptions {
  sections: readonly NavigationSection[]
  /** Paths of all pages below docs/. */
  all: readonly string[]
  /** Text of a page. */
  read(page: string): string
  /** Writes a file of the site. */
  write(name: string, text: string): void
}

/** Writes both files, and each page as Markdown beside its HTML: `/guide/why/` is `/guide/why/index.md`. */
export function writeLlmsFiles({ sections, all, read, write }: LlmsOptions): void {
  const front = read('index.md')
  const about = `# hitrate\n\n> ${summaryOf(front)}\n`
  const lists = sections.map(({ title, pages }) => {
    const lines = pages.map(
      ({ title, path, about }) => `- [${title}](${markdownUrl(path)})${about && `: ${about}`}`,
    )
    return `## ${title}\n\n${lines.join('\n')}\n`
  })
  write('llms.txt', [about, ...lists].join('\n'))

  const inOrder = sections.flatMap(({ pages }) => pages.map(({ path }) => path))
  const texts = inOrder.map((page) => `<!-- ${siteUrl(page)} -->\n\n${read(page).trim()}\n`)
  write('llms-full.txt', [about, ...texts].join('\n'))
  for (const page of all) write(markdownUrl(page), read(page))
}

/** The first paragraph of a page, as plain text. */
export function summaryOf(text: string): string {
  const paragraphs = text.replace(/^```[\s\S]*?^```$/gm, '').split(/\n\n+/)
  const first = paragraphs.find((paragraph) => /^[a-z`[*]/i.test(paragraph)) ?? ''
  return first
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
}

/** Relative to llms.txt, so that the site may have any base. */
function markdownUrl(page: string): string {
  return `${siteUrl(page).slice(1)}index.md`
}
