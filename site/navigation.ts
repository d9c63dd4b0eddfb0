/** The sections and pages of the site, read from docs/README.md: the index on GitHub and the sidebar are one list. */

export interface NavigationPage {
  title: string
  /** Path below docs/, such as `guide/why.md`. */
  path: string
  /** What the index says about the page; empty if nothing. */
  about: string
}

export interface NavigationSection {
  title: string
  pages: NavigationPage[]
}

/** A link to a page of docs/, and the cell behind it if the link stands in a table. */
const linkToPage = /\[([^\]]+)\]\(([\w./-]+\.md)\)(?: \| (.*) \|$)?/gm

/** The sections of docs/README.md that link to pages, in order. A page belongs to the first section that links to it. */
export function readNavigation(index: string): NavigationSection[] {
  const seen = new Set<string>()
  const sections: NavigationSection[] = []
  for (const text of index.split(/^## /m).slice(1)) {
    const title = text.slice(0, text.indexOf('\n'))
    const pages: NavigationPage[] = []
    for (const [, title = '', path = '', about = ''] of text.matchAll(linkToPage)) {
      if (path.startsWith('..') || seen.has(path)) continue
      seen.add(path)
      pages.push({ title, path, about: plainText(about) })
    }
    if (pages.length > 0) sections.push({ title, pages })
  }
  return sections
}

/** Text of a cell without links and code marks. */
function plainText(markdown: string): string {
  return markdown.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', '')
}

/**
 * Pages of docs/ that the index does not list, as messages. The front page and the index itself have no place in a sidebar.
 * @param all paths below docs/
 */
export function missingPages(index: string, all: readonly string[]): string[] {
  const listed = new Set(readNavigation(index).flatMap(({ pages }) => pages.map(({ path }) => path)))
  return all
    .filter((path) => !['index.md', 'README.md'].includes(path) && !listed.has(path))
    .map((path) => `docs/README.md: ${path} is missing below a heading`)
}
