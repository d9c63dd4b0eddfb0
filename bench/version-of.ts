/** Versions of installed packages. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Reads the file itself, because not every package exports its package.json. */
export function versionOf(packageName: string): string {
  const folders = ['node_modules', '../node_modules'].map((path) =>
    join(import.meta.dirname, path, packageName),
  )
  const folder = folders.find((path) => existsSync(join(path, 'package.json')))
  if (folder === undefined) throw new Error(`${packageName} is not installed: run "npm install" in bench/`)
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}
