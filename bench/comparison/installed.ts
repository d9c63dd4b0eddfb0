/** Measures what `npm install <package>` puts into an empty folder. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Installed {
  /** Packages in node_modules, the one that was asked for and its peers included. */
  packages: number
  /** Bytes of all their files. */
  bytes: number
}

/** @param specifiers names with versions, or paths of tarballs. Install scripts do not run. */
export async function install(specifiers: readonly string[]): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-installed-'))
  try {
    await writeFile(join(folder, 'package.json'), '{"private":true}')
    // The variables that `npm run` sets describe the root package.
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)))
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    await run('npm', ['install', ...options, ...specifiers], { cwd: folder, env })
    const lock = JSON.parse(await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
    return {
      packages: Object.keys(lock.packages).length,
      bytes: await bytesIn(join(folder, 'node_modules')),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Day of the release of a version, from the registry: YYYY-MM-DD. */
export async function releaseDayOf(name: string, version: string): Promise<string> {
  const { stdout } = await run('npm', ['view', name, 'time', '--json'])
  const { [version]: time = '' }: Record<string, string> = JSON.parse(stdout)
  return time.slice(0, 10)
}
