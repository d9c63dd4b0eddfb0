/** README.md and CHANGELOG.md of the published package. On the npm page their relative links would be dead. */

/** Targets of Markdown links and images, of HTML attributes, and of link definitions at the start of a line. */
const target = /(\]\(|\b(?:href|src|srcset)="|^\[[^\]]+\]: *)([^)"\s]+)/gm
const code = /(^```[\s\S]*?^```|`[^`\n]*`)/m
const absolute = /^(?:[a-z][a-z+.-]*:|\/\/)/i
const image = /\.(?:svg|png|jpe?g|gif|webp)$/i

/** Paths that a document links to, without anchors; links within the document and absolute ones are left out. */
export function relativeLinks(markdown: string): string[] {
  const paths: string[] = []
  mapTargets(markdown, (path) => {
    paths.push(path.replace(/[?#].*$/, ''))
    return path
  })
  return paths
}

/**
 * The document with relative links made absolute: images to the raw file, others to the page of the file.
 * @param repository address on GitHub, without a slash at the end
 * @param ref tag of the published version, so that the links keep matching it
 */
export function packageDocument(markdown: string, repository: string, ref: string): string {
  const raw = repository.replace('//github.com/', '//raw.githubusercontent.com/')
  return mapTargets(markdown, (path) => {
    const file = path.replace(/^\.\//, '')
    return image.test(file) ? `${raw}/${ref}/${file}` : `${repository}/blob/${ref}/${file}`
  })
}

/** Leaves code as it is. */
function mapTargets(markdown: string, map: (path: string) => string): string {
  const parts = markdown.split(code)
  const isText = (i: number) => i % 2 === 0
  const mapped = (text: string) =>
    text.replace(target, (link, before: string, path: string) =>
      absolute.test(path) || path.startsWith('#') ? link : before + map(path),
    )
  return parts.map((part, i) => (isText(i) ? mapped(part) : part)).join('')
}
