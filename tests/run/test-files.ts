/** The test files: all of them, or those of the command line. */
import { existsSync, globSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface TestFiles {
  /** Tests in one process; they run on every runtime. */
  units: string[]
  /** Tests that start processes themselves; they run once, on Node. */
  processes: string[]
}

/** Prefixes of the process tests. */
const processTests = [
  'tests/runtimes/',
  'tests/servers/',
  'tests/consistency/chaos/',
  'tests/consistency/outages/',
  'tests/consistency/races/',
  'tests/tools/node.test.ts',
  'tests/api-report.test.ts',
  'tests/bundle-size.test.ts',
  'tests/deploy.test.ts',
  'tests/docs.test.ts',
  'tests/examples.test.ts',
  'tests/package-lint.test.ts',
  'tests/package.test.ts',
  'tests/readme.test.ts',
]

/** Prefixes of the units with real servers. Their clients behave alike on both versions of Node, so they run on one of them. */
const serverUnits = ['tests/stores/redis/', 'tests/stores/memcached', 'tests/stores/workers-kv']

/** Returns the units that also run on the newest Node. */
export function withoutServers(units: readonly string[]): string[] {
  return units.filter((file) => !serverUnits.some((prefix) => file.startsWith(prefix)))
}

/**
 * @param chosen paths from the command line; every test file when empty
 * @throws {Error} when a path does not exist.
 */
export function testFiles(chosen: readonly string[]): TestFiles {
  const files = chosen.length === 0 ? globSync('tests/**/*.test.ts', { cwd: root }) : chosen.map(fromRoot)
  const isProcessTest = (file: string) => processTests.some((prefix) => file.startsWith(prefix))
  return {
    units: files.filter((file) => !isProcessTest(file)).sort(),
    processes: files.filter(isProcessTest).sort(),
  }
}

function fromRoot(path: string): string {
  if (!existsSync(path)) throw new Error(`No such test file: ${path}`)
  return relative(root, resolve(path)).replaceAll('\\', '/')
}
