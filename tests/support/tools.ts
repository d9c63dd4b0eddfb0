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

/** Returns the reason to skip tests that need a package, or false. With `CI=true` always false, so that the test runs and fails. */
export function skipUnlessTool(name: string): string | false {
  if (existsSync(join(folder, 'node_modules', name)) || process.env.CI === 'true') return false
  return `${name} is not installed in tools/`
}

/** Imports the main module of a package as the type that the caller expects. */
export async function importTool<Module>(name: string): Promise<Module> {
  toolFile(name)
  return import(createRequire(join(folder, 'package.json')).resolve(name))
}
