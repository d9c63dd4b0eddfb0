/** The import rules hold in src/ and tests/, and each kind of rule fails on made-up files that break it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { cruise, type IViolation } from 'dependency-cruiser'
import configuration from './import-rules.ts'

const repository = join(import.meta.dirname, '..')

interface Case {
  breaks: string
  files: Record<string, string>
  violations: string[]
}

/** Files that the cases import, and files that break no rule. */
const valid = {
  'src/cache/create-cache.ts': 'export const createCache = 1\nexport type Options = 1',
  'src/metrics/index.ts': 'export type Registry = 1',
  'src/exports/index.ts': "export * from '../cache/create-cache.ts'",
  'src/version.ts': "export const version = '1'",
  'src/stores/memory/store.ts': "import type { Entry } from '../entry.ts'\nexport type Store = Entry",
  'src/stores/entry.ts': 'export type Entry = 1',
  'src/http/cached/options.ts': "import type { Options } from '../../cache/create-cache.ts'",
  'src/http/policy/key.ts': "import type { Context } from 'hono'",
  'src/service/runtimes/node.ts': "import process from 'node:process'\nprocess.exit(Number(Bun.version))",
  'src/metrics/kinds/cell.ts': 'export const cell = Atomics.load(new Int32Array(1), 0)',
  'tests/support/gate.ts': "import '../../src/version.ts'",
  'tests/gate.test.ts': "import 'node:test'\nimport './support/gate.ts'",
}

const imports: Case[] = [
  {
    breaks: 'an import of values where types alone are allowed',
    files: { 'src/http/cached/value.ts': "import { createCache } from '../../cache/create-cache.ts'" },
    violations: ['not-in-allowed: src/http/cached/value.ts -> src/cache/create-cache.ts'],
  },
  {
    breaks: 'an import of a value beside a type',
    files: {
      'src/http/cached/both.ts': "import { createCache, type Options } from '../../cache/create-cache.ts'",
    },
    violations: ['not-in-allowed: src/http/cached/both.ts -> src/cache/create-cache.ts'],
  },
  {
    breaks: 'a re-export of values where types alone are allowed',
    files: { 'src/http/cached/all.ts': "export * from '../../cache/create-cache.ts'" },
    violations: ['not-in-allowed: src/http/cached/all.ts -> src/cache/create-cache.ts'],
  },
  {
    breaks: 'a type-only import where nothing is allowed',
    files: { 'src/cache/type.ts': "import type { Registry } from '../metrics/index.ts'" },
    violations: ['not-in-allowed: src/cache/type.ts -> src/metrics/index.ts'],
  },
  {
    breaks: 'a type-only re-export where nothing is allowed',
    files: { 'src/cache/all.ts': "export type * from '../metrics/index.ts'" },
    violations: ['not-in-allowed: src/cache/all.ts -> src/metrics/index.ts'],
  },
  {
    breaks: 'a package',
    files: { 'src/metrics/schema.ts': "import type { ZodType } from 'zod'" },
    violations: ['not-in-allowed: src/metrics/schema.ts -> zod'],
  },
  {
    breaks: 'a package whose types alone are allowed',
    files: { 'src/http/policy/app.ts': "import { Hono } from 'hono'" },
    violations: ['not-in-allowed: src/http/policy/app.ts -> hono'],
  },
  {
    breaks: 'a built-in module without its prefix',
    files: { 'src/http/cached/hash.ts': "import { createHash } from 'crypto'" },
    violations: ['not-in-allowed: src/http/cached/hash.ts -> crypto'],
  },
  {
    breaks: 'a dynamic import',
    files: { 'src/stores/compress.ts': "export const zlib = import('node:zlib')" },
    violations: ['not-in-allowed: src/stores/compress.ts -> zlib'],
  },
  {
    breaks: 'an import of exports/',
    files: { 'src/service/startup/open.ts': "import '../../exports/index.ts'" },
    violations: ['not-in-allowed: src/service/startup/open.ts -> src/exports/index.ts'],
  },
  {
    breaks: 'an import between two stores',
    files: { 'src/stores/redis.ts': "import type { Store } from './memory/store.ts'" },
    violations: ['not-in-allowed: src/stores/redis.ts -> src/stores/memory/store.ts'],
  },
  {
    breaks: 'a folder without a row',
    files: { 'src/queue/job.ts': "import '../version.ts'" },
    violations: ['not-in-allowed: src/queue/job.ts -> src/version.ts'],
  },
  {
    breaks: 'a cycle of two files, types included',
    files: {
      'src/metrics/one.ts': "import type { Two } from './two.ts'\nexport type One = Two",
      'src/metrics/two.ts': "import type { One } from './one.ts'\nexport type Two = One",
    },
    violations: ['no-file-cycle: src/metrics/one.ts -> src/metrics/two.ts'],
  },
  {
    breaks: 'a cycle of two folders',
    files: {
      'src/cache/reading/one.ts': "import '../loading/one.ts'",
      'src/cache/loading/one.ts': '',
      'src/cache/loading/two.ts': "import '../reading/two.ts'",
      'src/cache/reading/two.ts': '',
    },
    violations: [
      'no-folder-cycle: src/cache/loading -> src/cache/reading',
      'no-folder-cycle: src/cache/reading -> src/cache/loading',
    ],
  },
  {
    breaks: 'a file with a vague name',
    files: { 'src/http/fields/date.ts': "import './utils.ts'", 'src/http/fields/utils.ts': '' },
    violations: ['no-vague-name: src/http/fields/date.ts -> src/http/fields/utils.ts'],
  },
  {
    breaks: 'a test that imports another test',
    files: { 'tests/other.test.ts': "import './gate.test.ts'" },
    violations: ['no-import-of-a-test: tests/other.test.ts -> tests/gate.test.ts'],
  },
]

const lint: Case[] = [
  {
    breaks: 'a global of the runtime',
    files: { 'src/http/env.ts': 'export const { env } = process' },
    violations: ['src/http/env.ts: Do not use the global variable process.'],
  },
  {
    breaks: 'a global that is reached through globalThis',
    files: { 'src/cache/bun.ts': "export const isBun = 'Bun' in globalThis" },
    violations: ['src/cache/bun.ts: Do not use the global variable globalThis.'],
  },
  {
    breaks: 'shared memory outside its classes',
    files: { 'src/process/threads/cells.ts': 'export const cell = Atomics.load(new Int32Array(1), 0)' },
    violations: ['src/process/threads/cells.ts: Do not use the global variable Atomics.'],
  },
  {
    breaks: 'a computed import',
    files: { 'src/stores/driver.ts': 'export const load = (name: string) => import(name)' },
    violations: [
      'src/stores/driver.ts: import() needs a string literal: the import rules cannot follow a computed specifier.',
    ],
  },
  {
    breaks: 'an import type',
    files: { 'src/cache/registry.ts': "export type Registry = import('../metrics/index.ts').Registry" },
    violations: [
      'src/cache/registry.ts: Import the type in an import declaration: the import rules do not see import types.',
    ],
  },
]

const madeUp = mkdtempSync(join(tmpdir(), 'hitrate-import-rules-'))
after(() => rmSync(madeUp, { recursive: true }))
for (const files of [valid, ...[...imports, ...lint].map((broken) => broken.files)]) {
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(madeUp, path)), { recursive: true })
    writeFileSync(join(madeUp, path), `${source}\n`)
  }
}
symlinkSync(join(repository, 'node_modules'), join(madeUp, 'node_modules'))
for (const file of [
  'package.json',
  'biome.json',
  'tests/import-forms.grit',
  'tests/awaited-assertions.grit',
]) {
  cpSync(join(repository, file), join(madeUp, file))
}

describe('import rules', async () => {
  it('import rules hold in src/ and tests/', async () => {
    assert.deepEqual(await importViolations(repository), [])
  })

  rejects('import rules', await importViolations(madeUp), imports)
})

describe('lint rules', () => rejects('lint rules', lintViolations(madeUp), lint))

function rejects(rules: string, found: string[], cases: Case[]): void {
  for (const { breaks, violations } of cases) {
    it(`${rules} reject ${breaks}`, () => {
      const missing = violations.filter((violation) => !found.includes(violation))
      assert.deepEqual(missing, [])
    })
  }

  it(`${rules} accept all other made-up files`, () => {
    const expected = cases.flatMap(({ violations }) => violations)
    assert.deepEqual(found.toSorted(), expected.toSorted())
  })
}

async function importViolations(baseDir: string): Promise<string[]> {
  const { options, ...ruleSet } = configuration
  const { output } = await cruise(['src', 'tests'], { ...options, baseDir, ruleSet, validate: true })
  if (typeof output === 'string') throw new TypeError(`expected a result object, got ${output}`)
  return output.summary.violations.map(lineOf)
}

function lineOf({ rule, from, to }: IViolation): string {
  const [, name = to] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(to) ?? []
  return `${rule.name}: ${from} -> ${name}`
}

function lintViolations(folder: string): string[] {
  const biome = join(repository, 'node_modules/.bin/biome')
  const { stdout } = spawnSync(biome, ['lint', '--vcs-enabled=false', '--reporter=github'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return [...stdout.matchAll(/title=(?:plugin|lint\/style\/noRestrictedGlobals),file=([^,]+).*?::(.*)/g)].map(
    ([, file = '', message]) => `${file.slice(file.indexOf('src/'))}: ${message}`,
  )
}
