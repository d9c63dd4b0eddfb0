/** The libraries that are compared. */
import type { Library } from './workload.ts'

/** Module of each library. `Map` is the lower bound: no cache can be faster. */
const modules = {
  hitrate: './hitrate.ts',
  Map: './map.ts',
  'lru-cache': './lru-cache.ts',
  'async-cache-dedupe': './async-cache-dedupe.ts',
  'cache-manager': './cache-manager.ts',
  cachified: './cachified.ts',
  bentocache: './bentocache.ts',
  ocache: './ocache.ts',
  cacheable: './cacheable.ts',
}

export type LibraryName = keyof typeof modules

export const libraryNames = Object.keys(modules) as LibraryName[]

export async function loadLibrary(name: LibraryName): Promise<Library> {
  return (await import(modules[name])).library
}

export async function loadLibraries(): Promise<{ name: LibraryName; library: Library }[]> {
  return Promise.all(libraryNames.map(async (name) => ({ name, library: await loadLibrary(name) })))
}
