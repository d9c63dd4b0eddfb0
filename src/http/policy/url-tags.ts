/**
 * Tags that `cached()` adds to each stored response, so that a purge finds it by its URL: on one host, on every host, and by each
 * directory of the path. They begin with a line feed, so no tag in a header is equal to one.
 */
import { createBoundedMap } from '../bounded-map.ts'
import { urlKey } from './cache-key.ts'

/** Number of levels and of characters of a directory up to which responses have its tag: clients choose the paths. */
export const MAX_PREFIX_LEVELS = 8
export const MAX_PREFIX_LENGTH = 200

const ofUrl = urlKey()

/** The tag of a URL on its host, whatever the scheme and the port. @param url as {@link urlKey} returns it. */
export function hostTag(url: string): string {
  const { host, path } = partsOf(url)
  return `\nu${host}${path}`
}

/** The tag of a path with its query, on every host. */
export function pathTag(url: string): string {
  return `\nu${partsOf(url).path}`
}

/** The tag of everything below a directory, on every host. @param prefix a path that begins and ends with a slash. */
export function prefixTag(prefix: string): string {
  return directoryTag(normalisedPath(prefix))
}

/** Returns the path in the spelling of the tags. */
export function normalisedPath(path: string): string {
  return partsOf(ofUrl({ req: { url: new URL(`http://host${path}`).href } })).path
}

/** Number of levels of a path that ends with a slash; that of `/` is 0. */
export function levelsOf(prefix: string): number {
  return prefix.split('/').length - 2
}

/** Returns all tags of a URL. */
export type UrlTags = (url: string) => string[]

export function createUrlTags(): UrlTags {
  // Shared by the responses below a directory: they save the time and the memory of equal texts.
  const directories = createBoundedMap<readonly string[]>({ maxLength: 64 * 1024 })

  function tagsOfDirectory(directory: string): readonly string[] {
    const known = directories.get(directory)
    if (known !== undefined) return known
    const tags = directoryTags(directory)
    directories.set(directory, tags)
    return tags
  }

  return (url) => {
    const { host, path } = partsOf(url)
    const queryAt = path.indexOf('?')
    const end = path.lastIndexOf('/', queryAt < 0 ? path.length : queryAt) + 1
    return [`\nu${host}${path}`, `\nu${path}`, ...tagsOfDirectory(path.slice(0, end))]
  }
}

function directoryTags(directory: string): string[] {
  const tags: string[] = []
  for (let at = directory.indexOf('/'); at >= 0; at = directory.indexOf('/', at + 1)) {
    if (tags.length > MAX_PREFIX_LEVELS || at >= MAX_PREFIX_LENGTH) break
    tags.push(directoryTag(directory.slice(0, at + 1)))
  }
  return tags
}

function directoryTag(directory: string): string {
  return `\nd${directory}`
}

/**
 * The host without its port, and the path with the query. A purge cannot name a literal `*`, so both spellings of it are equal.
 * On Bun, the URL of a request may lack scheme and host.
 */
function partsOf(url: string): { host: string; path: string } {
  const hostAt = url.startsWith('/') ? 0 : url.indexOf('://') + 3
  const pathAt = url.indexOf('/', hostAt)
  const path = url.slice(pathAt)
  const host = url.slice(hostAt, pathAt)
  const portAt = host.lastIndexOf(':')
  return {
    host: portAt > host.lastIndexOf(']') ? host.slice(0, portAt) : host, // the colons of an IPv6 address are in brackets
    path: path.includes('*') ? path.replaceAll('*', '%2A') : path,
  }
}
