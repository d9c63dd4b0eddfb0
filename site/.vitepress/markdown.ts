/** Turns the Markdown of docs/, which is written for GitHub, into that of the site. */
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { linkTarget } from '../page-urls.ts'

/** `<picture>` with an image for dark pages, and one for light pages. */
const themedPicture =
  /<picture>\s*<source [^>]*srcset="([^"]+)">\s*<img ([^>]*?)src="([^"]+)"([^>]*)>\s*<\/picture>/g

/** Links become URLs of the site, diagrams and pictures follow its theme. */
export function forSite(markdown: MarkdownRenderer, docs: string): void {
  markdown.core.ruler.push('links of docs/', ({ tokens, env }) => {
    const page = relative(docs, env.realPath ?? env.path)
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href !== null) token.attrSet('href', linkTarget(page, decodeURI(href)))
    }
  })

  const renderHtml = markdown.renderer.rules.html_block
  markdown.renderer.rules.html_block = (tokens, index, options, env, self) => {
    const html = renderHtml?.(tokens, index, options, env, self) ?? tokens[index]?.content ?? ''
    const folder = dirname(env.realPath ?? env.path)
    return html.replace(themedPicture, (_, dark, before, light, after) =>
      // Vite ends the build at a missing image; `npm run site:check` reports it.
      [light, dark].every((image) => existsSync(join(folder, image)))
        ? `<p><img class="on-light" ${before}src="${light}"${after}><img class="on-dark" ${before}src="${dark}"${after}></p>`
        : '',
    )
  }

  const renderFence = markdown.renderer.rules.fence
  markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index]
    if (token === undefined) return ''
    const { info, content } = token
    if (info === 'promql') token.info = 'text' // no colours for it
    if (info === 'mermaid') return `<MermaidDiagram code="${encodeURIComponent(content)}" />`
    return renderFence?.(tokens, index, options, env, self) ?? ''
  }
}
