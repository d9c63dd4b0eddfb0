/** The sidebars of the site: each folder shows its section, and below it the way to the others. */
import type { NavigationSection } from './navigation.ts'
import { siteUrl } from './page-urls.ts'

interface Group {
  text: string
  items: { text: string; link: string }[]
}

/** Sidebars by the beginning of the URL. A page in no folder has one of its own. */
export function sidebarsOf(sections: readonly NavigationSection[]): Record<string, Group[]> {
  const sidebars: Record<string, Group[]> = { [siteUrl('README.md')]: [others(sections)] }
  for (const section of sections) {
    const own = {
      text: section.title,
      items: section.pages.map(({ title, path }) => ({ text: title, link: siteUrl(path) })),
    }
    for (const { path } of section.pages) sidebars[folderUrl(path)] ??= [own, others(sections, section)]
  }
  return sidebars
}

/** URL of the folder of a page, or of the page itself. */
function folderUrl(page: string): string {
  const [folder, file] = page.split('/')
  return file === undefined ? siteUrl(page) : `/${folder}/`
}

/** Links to the first pages of all sections but one. */
function others(sections: readonly NavigationSection[], but?: NavigationSection): Group {
  const items = sections
    .filter((section) => section !== but)
    .map(({ title, pages }) => ({ text: title, link: siteUrl(pages[0]?.path ?? '') }))
  return { text: but === undefined ? 'Sections' : 'Other sections', items }
}
