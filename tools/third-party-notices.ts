/** The licences of the packages that are inside a bundle. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * The notices of all packages of the bundled files, by name. Two places of one package are two notices only if their versions
 * differ.
 * @param files paths of the files in the bundle, relative to `root`.
 * @throws {Error} if a package has no licence file.
 */
export function thirdPartyNotices(files: readonly string[], root: string): string {
  const notices = new Map<string, string>()
  for (const folder of packageFolders(files, root)) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry))
    if (file === undefined) throw new Error(`${name} has no licence file in ${folder}`)
    const text = readFileSync(join(folder, file), 'utf8').trim()
    notices.set(`${name} ${version}`, `${name} ${version} (${license})\n\n${text}\n`)
  }
  const sorted = [...notices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice)
  const head = 'The files beside this one contain these packages.\n'
  return [head, ...sorted].join(`\n${'-'.repeat(80)}\n\n`)
}

/** The folders of the packages that the files belong to. */
function packageFolders(files: readonly string[], root: string): Set<string> {
  const folders = new Set<string>()
  for (const file of files) {
    const [, folder] =
      /^(.*\/?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(resolve(root, file).replaceAll('\\', '/')) ?? []
    if (folder !== undefined) folders.add(folder)
  }
  return folders
}
