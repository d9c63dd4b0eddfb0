/** Which version of a library is installed? */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Not every library lets its package.json be imported. */
export function versionOf(packageName: string): string {
  return require(`../../node_modules/${packageName}/package.json`).version
}
