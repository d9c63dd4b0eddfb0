/** The package as users get it: built, packed and installed into empty folders. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

export interface Manifest {
  name: string
  version: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies: Record<string, string>
  peerDependenciesMeta: Record<string, { optional: boolean }>
  exports: Record<string, string | Record<string, string>>
  bin: Record<string, string>
}

/**
 * Builds and packs a copy of the sources, so that dist/ of this checkout stays as it is.
 * @returns the tarball
 */
export async function packPackage(folder: string): Promise<string> {
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.build.json']
  const tools = [
    ...['tools/build.ts', 'tools/package-document.ts', 'tools/package-manifest.ts'],
    ...['tools/build-program.ts', 'tools/launcher.js', 'tools/third-party-notices.ts'],
  ]
  for (const part of [...settings, ...tools, 'src', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  await run(folder, process.execPath, 'tools/build.ts')
  await run(folder, 'npm', 'pack', './dist')
  return join(folder, `hitrate-${readJson<Manifest>(join(root, 'package.json')).version}.tgz`)
}

/** Installs the tarball and packages of the versions that this project has. */
export async function installPackage(
  folder: string,
  tarball: string,
  packages: readonly string[],
): Promise<void> {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  const { dependencies = {}, devDependencies = {} } = readJson<Manifest>(join(root, 'package.json'))
  const versions = { ...devDependencies, ...dependencies }
  const pinned = packages.map((name) => `${name}@${versions[name]}`)
  await run(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...pinned)
}

/** Names of the packages in node_modules, hidden files left out. */
export function installedPackages(folder: string): string[] {
  const names = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))
  return names.flatMap((name) => {
    if (!name.startsWith('@')) return [name]
    return readdirSync(join(folder, 'node_modules', name)).map((scoped) => `${name}/${scoped}`)
  })
}

/** Paths of all files below a folder, relative to it. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.replaceAll('\\', '/'))
}

/**
 * Modules outside the package that a file of it imports, through its own files.
 * @param file a .js or .d.ts file of the installed package
 */
export function foreignImports(file: string, seen: Set<string> = new Set()): string[] {
  if (seen.has(file) || !existsSync(file)) return []
  seen.add(file)
  const code = readFileSync(file, 'utf8').replace(/\/\*.*?\*\//gs, '') // examples import other packages
  const specifiers = [...code.matchAll(/(?:\bfrom|\bimport) ?\(?['"]([^'"]+)['"]/g)].map(
    ([, name = '']) => name,
  )
  const foreign = specifiers.flatMap((specifier) =>
    specifier.startsWith('.') ? foreignImports(join(file, '..', specifier), seen) : [packageOf(specifier)],
  )
  return [...new Set(foreign)].sort()
}

/** `hono/cors` is part of `hono`. */
function packageOf(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
}

export function readJson<Json>(file: string): Json {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Without the variables that `npm run` sets, which describe this project. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))

/**
 * Runs a program; returns its output.
 * @throws {Error} with the whole output when it fails.
 */
export async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, encoding: 'utf8' })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string } // as execFile rejects
    throw new Error(`${[program, ...args].join(' ')} failed:\n${stdout}${stderr}`)
  }
}
