/** The test files: all of them, or those of the command line. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface TestFiles {
  /** Tests in one process; they run on every runtime. */
  units: string[]
  /** Tests that start processes themselves, and tests of the source files; they run once, on Node. */
  processes: string[]
}

/** Prefixes of the process tests, and of those of the source files. */
const processTests = [
  'tests/runtimes/',
  'tests/servers/',
  'tests/consistency/chaos/',
  'tests/consistency/outages/',
  'tests/consistency/races/',
  'tests/consistency/stampede/',
  'tests/stores/sqlite/processes/',
  'tests/tools/node.test.ts',
  'tests/import-rules.test.ts',
  'tests/like-named.test.ts',
  'tests/api-report.test.ts',
  'tests/bundle-size.test.ts',
  'tests/deploy.test.ts',
  'tests/deploy/',
  'tests/docs.test.ts',
  'tests/examples.test.ts',
  'tests/package-lint.test.ts',
  'tests/package.test.ts',
  'tests/readme.test.ts',
]

/**
 * Prefixes of the units with real servers, of those of the service, whose image has a version of Node, and of long ones that play
 * many random cases. They run on one version of Node, because both behave alike; `npm run soak` runs all of them on the newest one.
 */
const longUnits = [
  'tests/stores/redis/',
  'tests/stores/memcached/',
  'tests/stores/workers-kv',
  'tests/stores/memory/eviction/hit-ratios.test.ts',
  'tests/cache/interleavings.test.ts',
  'tests/cache/audit/audit-interleavings.test.ts',
  'tests/http/cached/cached-stampede.test.ts',
  'tests/http/cached/cached-untrusted-requests.test.ts',
  'tests/http/socket/fuzz/fuzz.test.ts',
  'tests/service/',
  'tests/cli/',
]

/** Returns the units that also run on the newest Node. */
export function withoutLongUnits(units: readonly string[]): string[] {
  return units.filter((file) => !startsWithAny(file, longUnits))
}

/** Prefixes of units that share one process on Node, as all units do on Bun: a process for each file takes half of their time. */
const sharingUnits = [
  'tests/cache/',
  'tests/http/',
  'tests/instruments/',
  'tests/metrics/',
  'tests/cli/arguments/',
]

/** Exceptions: tests that block their thread, replace timers or start servers of @hono/node-server for as long as the file runs. */
const ownProcess = [
  'tests/cache/interleavings',
  'tests/cache/invalidation/',
  'tests/http/socket/fuzz/fuzz.test.ts',
]

/**
 * Signs of a file that needs a process of its own: in one process, a hook of the file would run for the tests of each file, and
 * @hono/node-server replaces the global `Request` and `Response`.
 */
const changesProcess = /^(?:before|after)(?:Each)?\(|(?:@hono\/node-server|\/raw-server\.ts)'/m

/** Divides units into those that share a process on Node and those with a process of their own. */
export function bySharing(units: readonly string[]): { sharing: string[]; alone: string[] } {
  const isSharing = (file: string) =>
    startsWithAny(file, sharingUnits) &&
    !startsWithAny(file, ownProcess) &&
    !changesProcess.test(readFileSync(join(root, file), 'utf8'))
  const sharing = units.filter(isSharing)
  return { sharing, alone: units.filter((file) => !sharing.includes(file)) }
}

/**
 * @param chosen paths from the command line; every test file when empty
 * @throws {Error} when a path does not exist.
 */
export function testFiles(chosen: readonly string[]): TestFiles {
  const files = chosen.length === 0 ? globSync('tests/**/*.test.ts', { cwd: root }) : chosen.map(fromRoot)
  const isProcessTest = (file: string) => startsWithAny(file, processTests)
  return {
    units: files.filter((file) => !isProcessTest(file)).sort(),
    processes: files.filter(isProcessTest).sort(),
  }
}

function fromRoot(path: string): string {
  if (!existsSync(path)) throw new Error(`No such test file: ${path}`)
  return relative(root, resolve(path)).replaceAll('\\', '/')
}

function startsWithAny(file: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => file.startsWith(prefix))
}
