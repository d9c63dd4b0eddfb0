/** Packages of tools/package.json, which are installed apart: `npm test` does it, or `npm run tools`. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../tools')

/**
 * @param path a file of a package, such as `wrangler/bin/wrangler.js`
 * @throws when the package is not installed.
 */
export function toolFile(path: string): string {
  const file = join(folder, 'node_modules', path)
  if (!existsSync(file)) throw new Error(`tools/node_modules/${path} is missing: run "npm run tools"`)
  return file
}

/** Imports the main module of a package as the type that the caller expects. */
export async function importTool<Module>(name: string): Promise<Module> {
  toolFile(name)
  return import(createRequire(join(folder, 'package.json')).resolve(name))
}
