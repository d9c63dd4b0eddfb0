/** The test files: all of them, or those of the command line. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { ImportedFiles } from './imported-files.ts'

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
  'tests/dashboard/chromium/',
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
 * Prefixes of the units that also run on the newest Node: those of sources that use its HTTP, sockets, streams, SQLite, shared
 * memory, hooks and process figures. The rest is the same JavaScript on both; `npm run soak` runs all units there.
 */
const unitsOfNodeApis = [
  'tests/cache/loading/',
  'tests/cache/timing/',
  'tests/cache/invalidation/shared-memory-bus.test.ts',
  'tests/conformance/',
  'tests/http/cached/loading/',
  'tests/http/cached/cached-transparent',
  'tests/http/context/',
  'tests/http/fields/conditional.test.ts',
  'tests/http/front/',
  'tests/http/measured/',
  'tests/http/socket/',
  'tests/http/stored/',
  'tests/metrics/memory/',
  'tests/metrics/process/',
  'tests/metrics/sharing/',
  'tests/stores/crc32.test.ts',
  'tests/stores/memcached/client/',
  'tests/stores/sqlite/',
]

/** Exceptions: long tests that play random cases. */
const longUnits = ['tests/http/socket/fuzz/fuzz.test.ts', 'tests/metrics/sharing/sharing-model.test.ts']

/** Returns the units that also run on the newest Node. */
export function unitsForNewestNode(units: readonly string[]): string[] {
  return units.filter((file) => startsWithAny(file, unitsOfNodeApis) && !startsWithAny(file, longUnits))
}

/**
 * Prefixes of the units that do not run on Bun in each run, because they take long and their sources use nothing of a runtime, or run
 * in workerd. `npm run soak` runs all units on Bun.
 */
const unitsOnNodeAlone = [
  'tests/cache/audit/audit-interleavings.test.ts',
  'tests/cache/entity/key-of.test.ts',
  'tests/cache/interleavings.test.ts',
  'tests/cache/invalidation/exact-tags.test.ts',
  'tests/cache/invalidation/thread-interleavings.test.ts',
  'tests/cache/wrap/key-of-arguments.test.ts',
  'tests/consistency/history.test.ts',
  'tests/http/cached/cached-undeclared-property.test.ts',
  'tests/http/policy/storage-policy-differential.test.ts',
  'tests/http/socket/fuzz/shrink.test.ts',
  'tests/metrics/exposition/formats-properties.test.ts',
  'tests/metrics/judges/',
  'tests/metrics/merging/merge-properties.test.ts',
  'tests/metrics/series/removal.test.ts',
  'tests/metrics/sharing/sharing-model.test.ts',
  'tests/service/users/d1.test.ts',
  'tests/stores/memcached/interleavings.test.ts',
  'tests/stores/memory/curve/',
  'tests/stores/memory/eviction/density/',
  'tests/stores/memory/eviction/hit-ratios.test.ts',
  'tests/stores/memory/predicted-hit-ratio.test.ts',
  'tests/stores/workers-kv.test.ts',
  'tests/tools/',
]

export function unitsForBun(units: readonly string[]): string[] {
  return units.filter((file) => !startsWithAny(file, unitsOnNodeAlone))
}

/** Prefixes of the units of the library without its stores. They share one process on Node, as all units do on Bun. */
const libraryUnits = ['tests/cache/', 'tests/http/', 'tests/instruments/', 'tests/metrics/']

/** Units that measure or end their process. */
const unitsAlone = ['tests/stores/memory/counted-heap.test.ts']

/** In a shared process, a hook outside of `describe` would run for the tests of each file. */
const hasOwnHooks = /^(?:before|after)(?:Each)?\(/m

/**
 * Divides units by the process that they share on Node, because a process for each file takes half of their time. Those with
 * `@hono/node-server` have one of their own: it replaces the global `Request` and `Response`. The longest group comes first.
 */
export function byProcess(
  units: readonly string[],
): Record<'others' | 'library' | 'serving' | 'alone', string[]> {
  const imported = new ImportedFiles()
  return Object.assign({ others: [], library: [], serving: [], alone: [] }, Object.groupBy(units, groupOf))

  function groupOf(file: string) {
    const path = join(root, file)
    if (startsWithAny(file, unitsAlone) || hasOwnHooks.test(readFileSync(path, 'utf8'))) return 'alone'
    if (imported.reaches(path, '@hono/node-server')) return 'serving'
    return startsWithAny(file, libraryUnits) ? 'library' : 'others'
  }
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
