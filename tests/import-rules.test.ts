/** Who may import whom: the table of the design, held against every import in src/. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { describe, it } from 'node:test'

/**
 * What files may import. Paths are relative to src/, packages begin with `npm:`; `*` is anything within a folder, `**`
 * anything, `./` the importing file's own folder. A file may do what any rule that matches it allows; a file that no rule
 * matches has no place in the table yet.
 */
interface Rule {
  files: string
  /** May be imported as values, and so loaded. */
  values: string[]
  /** May be imported with `import type` or an inline `type` beside a value. */
  types?: string[]
}

const everything = ['**']
const library = [
  'app.ts',
  'http/**',
  'instruments.ts',
  'cache/**',
  'stores/**',
  'repository/**',
  'metrics/**',
  'version.ts',
]

const table: Rule[] = [
  ...entries().map((files) => ({ files, values: [...library, ...entries()] })),
  { files: 'version.ts', values: [] },
  // The one part of runtimes/ that a library's user can hand in.
  { files: 'process.ts', values: ['runtimes/process-readers.ts'] },
  { files: 'runtimes/**', values: everything },
  {
    files: 'app.ts',
    values: ['npm:hono', 'http/**', 'cache/**', 'instruments.ts', 'metrics/**'],
    types: ['npm:hono/**', 'stores/**', 'repository/**'],
  },
  {
    files: 'http/**',
    values: [
      'npm:hono',
      'npm:hono/**',
      'npm:zod',
      'npm:@hono/zod-validator',
      'http/**',
      'repository/user.ts',
      'repository/repository.ts',
    ],
    types: ['cache/**', 'repository/**'],
  },
  // What is said to the engine: which keys it takes, and what was loaded.
  { files: 'http/cached.ts', values: ['cache/cache.ts'] },
  { files: 'http/pass-unsafe.ts', values: ['cache/cache.ts'] },
  { files: 'http/handler-load.ts', values: ['cache/cache.ts', 'cache/lifetime.ts'] },
  { files: 'http/scrape.ts', values: ['metrics/exposition/expose.ts'], types: ['metrics/**'] },
  // `outcomes` is what CacheEvent's type is made of: the values of a label.
  { files: 'instruments.ts', values: ['metrics/**', 'cache/events.ts'], types: ['cache/**'] },
  { files: 'cache/**', values: ['cache/**', 'stores/store.ts', 'stores/entry.ts'] },
  { files: 'stores/**', values: ['stores/store.ts', 'stores/entry.ts'], types: ['npm:**'] },
  { files: 'stores/entry.ts', values: ['stores/crc32.ts'] },
  { files: 'stores/*/**', values: ['./**'] },
  { files: 'metrics/**', values: ['metrics/**'] },
  // Loaded when it is asked for, where the runtime has it.
  { files: 'metrics/exposition/compression.ts', values: ['node:zlib'] },
  { files: 'repository/**', values: ['repository/**', 'npm:zod'] },
  // A database's own driver, in its adapter.
  { files: 'repository/sqlite.ts', values: ['node:sqlite', 'node:fs', 'node:path'] },
  { files: 'repository/d1.ts', values: [], types: ['npm:@cloudflare/workers-types'] },
]

/** The files at the top of src/ that package.json exports. */
function entries(): string[] {
  const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const built = Object.values<string | { default: string }>(exports).map((target) =>
    typeof target === 'string' ? target : target.default,
  )
  return built.flatMap((path) => /^\.\/dist\/([^/]+)\.js$/.exec(path)?.[1] ?? []).map((name) => `${name}.ts`)
}

/** Everything that is wrong with these sources (path in src/ -> text), a line each. */
function complaints(sources: ReadonlyMap<string, string>): string[] {
  const middlewares = new Set([...sources].filter(isMiddleware).map(([file]) => file))
  return [...sources].flatMap(([file, text]) => [
    ...placeComplaints(file),
    ...importsOf(file, text).flatMap((found) => importComplaints(file, found, middlewares)),
    ...(file.startsWith('runtimes/') ? [] : globalComplaints(file, text)),
    ...sharedMemoryComplaints(file, text),
  ])
}

function placeComplaints(file: string): string[] {
  const drawer = file.split('/').find((part) => /^(utils?|helpers?|commons?|types?)(\.ts)?$/.test(part))
  return [
    ...(drawer === undefined ? [] : [`${file}: "${drawer}" is a drawer, not a name`]),
    ...(rulesFor(file).length > 0 ? [] : [`${file} is in no row of the table`]),
  ]
}

function importComplaints(file: string, found: Import, middlewares: ReadonlySet<string>): string[] {
  const { target, kind } = found
  if (target === undefined) return [`${file} imports what only a run can tell`]
  const isOwnPart = file === 'http/users.ts' && target === 'http/user-requests.ts' // what the routes refuse, apart
  if (file.startsWith('http/') && middlewares.has(target) && !isOwnPart)
    return [`${file} imports the middleware ${target}`]
  const rules = rulesFor(file)
  const allowed = rules.flatMap(({ values, types = [] }) =>
    kind === 'value' ? values : [...values, ...types],
  )
  if (allowed.some((glob) => matches(glob.replace(/^\.\//, `${posix.dirname(file)}/`), target))) return []
  return [`${file} imports ${kind === 'value' ? 'values' : 'types'} of ${target}`]
}

/** `process` may be the name of a parameter, if nothing is asked of it where it could be taken for the global. */
function globalComplaints(file: string, text: string): string[] {
  const code = codeOf(text, { strings: false })
  const declared = /\bprocess\??:/.test(code)
  const uses = [
    /\bglobalThis\s*(?:\[|\??\.\s*(?:\[|process\b|Bun\b))/, // what is looked up by a computed name may be anything
    /(?<![.\w$])Bun\b/,
    declared ? /(?<![.\w$])process\s*(?:\?\.|\.|\[)/ : /(?<![.\w$])process\b(?!\s*:)/,
  ]
  return uses.some((use) => use.test(code)) ? [`${file} uses a global of the runtime`] : []
}

/** Memory that threads share is made and touched in few places; others may hand it on. */
function sharedMemoryComplaints(file: string, text: string): string[] {
  const mayShare = ['metrics/**', 'runtimes/threads/invalidation-ring.ts']
  if (mayShare.some((glob) => matches(glob, file))) return []
  const touches = /(?<![.\w$])Atomics\b|\bnew\s+SharedArrayBuffer\b/.test(codeOf(text, { strings: false }))
  return touches ? [`${file} touches shared memory`] : []
}

function rulesFor(file: string): Rule[] {
  return table.filter(({ files }) => matches(files, file))
}

function matches(glob: string, path: string): boolean {
  const pattern = glob
    .split('**')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*'))
    .join('.*')
  return new RegExp(`^${pattern}$`).test(path)
}

/** It exports a function that makes a Hono middleware. */
function isMiddleware([file, text]: readonly [string, string]): boolean {
  return file.startsWith('http/') && /^export function \w+\([^)]*\): MiddlewareHandler\b/m.test(text)
}

interface Import {
  /** Relative to src/, or a package; undefined when the specifier is computed. */
  target: string | undefined
  kind: 'value' | 'type'
}

const STATIC_IMPORT =
  /^[ \t]*import\b\s*(?:(type)\s+(?!from\b))?(?:([\w$\s,{}*]+?)\s*from\s*)?['"]([^'"]+)['"]/gm
const REEXPORT =
  /^[ \t]*export\s*(?:(type)\s*(?=[{*]))?(\*(?:\s*as\s+[\w$]+)?|\{[^}]*\})\s*from\s*['"]([^'"]+)['"]/gm
const DYNAMIC_IMPORT = /(?<![.\w$])import\s*\(\s*(?:['"]([^'"]+)['"]\s*[,)])?/g

function importsOf(file: string, text: string): Import[] {
  const code = codeOf(text, { strings: true })
  const declared = [STATIC_IMPORT, REEXPORT].flatMap((statement) =>
    [...code.matchAll(statement)].flatMap(([, type, clause = '', specifier = '']) => {
      const target = targetOf(file, specifier)
      return kindsOf(type !== undefined, clause).map((kind) => ({ target, kind }))
    }),
  )
  const dynamic = [...code.matchAll(DYNAMIC_IMPORT)].map(
    ([, specifier]): Import => ({
      target: specifier === undefined ? undefined : targetOf(file, specifier),
      kind: 'value',
    }),
  )
  return [...declared, ...dynamic]
}

/** `import { type A }` is a value import too: it has no names left when it runs, but it loads the module. */
function kindsOf(allTypes: boolean, clause: string): Import['kind'][] {
  if (allTypes) return ['type']
  const someTypes = /[{,]\s*type\s+[\w$]/.test(clause)
  return someTypes ? ['value', 'type'] : ['value']
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
  if (/^(?:bun|cloudflare|node):|^bun$/.test(specifier)) return specifier
  return `${isBuiltin(specifier) ? 'node' : 'npm'}:${specifier}`
}

const COMMENT = String.raw`\/\*[^]*?\*\/|\/\/.*`
const STRING = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`
const TEMPLATE = '`(?:\\\\.|[^`\\\\])*`'
const REGEXP = String.raw`(?<=[=(,:!&|?{};\n[]\s*|\breturn\s+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*`
const NOT_CODE = new RegExp(`(${COMMENT})|(${STRING})|(${TEMPLATE})|${REGEXP}`, 'g')

/** The source without comments and regular expressions; without strings as well, but with what templates compute. */
function codeOf(text: string, { strings }: { strings: boolean }): string {
  return text.replace(NOT_CODE, (found, comment?: string, string?: string, template?: string) => {
    if (comment !== undefined) return ' '
    if (strings && (string ?? template) !== undefined) return found
    return template === undefined ? "''" : (template.match(/\$\{[^}]*\}/g) ?? []).join(' ')
  })
}

function sourceTree(): Map<string, string> {
  const src = new URL('../src/', import.meta.url)
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return new Map(
    files.map((file) => [file.replaceAll('\\', '/'), readFileSync(new URL(file, src), 'utf8')] as const),
  )
}

/** What is said of one made-up file, in a tree that has a middleware. */
function said(file: string, text: string): string[] {
  const middleware = [
    'http/made-up.ts',
    'export function madeUp(options: object): MiddlewareHandler {}',
  ] as const
  return complaints(new Map([middleware, [file, text]]))
}

describe('who may import whom', () => {
  it('holds for every file in src/', () => {
    assert.deepEqual(complaints(sourceTree()), [])
  })

  it('knows a middleware when it sees one', () => {
    const middlewares = [...sourceTree()].filter(isMiddleware).map(([file]) => file)
    assert.deepEqual(
      ['http/cached.ts', 'http/measured.ts'].filter((file) => !middlewares.includes(file)),
      [],
    )
  })

  it('is asked of every import in src/', () => {
    for (const [file, text] of sourceTree()) {
      const lines = text.matchAll(/^(?!\s*\*|\s*\/\/).*(?:(?:\bfrom|^import) |\bimport\()'([^']+)'(?:$|\))/gm)
      const targets = [...lines].map(([, specifier = '']) => targetOf(file, specifier))
      assert.deepEqual(new Set(importsOf(file, text).map(({ target }) => target)), new Set(targets), file)
    }
  })
})

describe('the table goes red', () => {
  const forbidden: [because: string, file: string, source: string, complaint: string][] = [
    [
      'nobody imports runtimes/',
      'index.ts',
      "export { readConfig } from './runtimes/config.ts'",
      'index.ts imports values of runtimes/config.ts',
    ],
    [
      'nobody names what is in runtimes/',
      'app.ts',
      "import type { Config } from './runtimes/config.ts'",
      'app.ts imports types of runtimes/config.ts',
    ],
    [
      'app.ts knows no concrete store',
      'app.ts',
      "import { memoryStore } from './stores/memory/store.ts'",
      'app.ts imports values of stores/memory/store.ts',
    ],
    [
      'app.ts knows no concrete repository',
      'app.ts',
      "import { openSqliteRepository } from './repository/sqlite.ts'",
      'app.ts imports values of repository/sqlite.ts',
    ],
    [
      'http/ does not run the engine',
      'http/users.ts',
      "import { createCache } from '../cache/create-cache.ts'",
      'http/users.ts imports values of cache/create-cache.ts',
    ],
    [
      'cached.ts takes no more from the engine than it needs',
      'http/cached.ts',
      "import { createFlights } from '../cache/single-flight.ts'",
      'http/cached.ts imports values of cache/single-flight.ts',
    ],
    [
      'http/ knows no stores',
      'http/cached.ts',
      "import type { Entry } from '../stores/entry.ts'",
      'http/cached.ts imports types of stores/entry.ts',
    ],
    [
      'http/ knows no adapter of the repository',
      'http/users.ts',
      "import { inMemoryRepository } from '../repository/in-memory.ts'",
      'http/users.ts imports values of repository/in-memory.ts',
    ],
    [
      'no middleware imports another',
      'http/cached.ts',
      "import { madeUp } from './made-up.ts'",
      'http/cached.ts imports the middleware http/made-up.ts',
    ],
    [
      'only scrape.ts exposes metrics',
      'http/health.ts',
      "import { expose } from '../metrics/exposition/expose.ts'",
      'http/health.ts imports values of metrics/exposition/expose.ts',
    ],
    [
      'scrape.ts is handed its registry',
      'http/scrape.ts',
      "import { createRegistry } from '../metrics/index.ts'",
      'http/scrape.ts imports values of metrics/index.ts',
    ],
    [
      'instruments.ts does not know Hono',
      'instruments.ts',
      "import type { Context } from 'hono'",
      'instruments.ts imports types of npm:hono',
    ],
    [
      'instruments.ts is handed its cache',
      'instruments.ts',
      "import { createCache } from './cache/create-cache.ts'",
      'instruments.ts imports values of cache/create-cache.ts',
    ],
    [
      'the engine does not know Hono',
      'cache/create-cache.ts',
      "import type { Context } from 'hono'",
      'cache/create-cache.ts imports types of npm:hono',
    ],
    [
      'the engine counts nothing',
      'cache/create-cache.ts',
      "import type { Counter } from '../metrics/index.ts'",
      'cache/create-cache.ts imports types of metrics/index.ts',
    ],
    [
      'the engine knows no concrete store',
      'cache/create-cache.ts',
      "import type { MemoryStoreOptions } from '../stores/memory/store.ts'",
      'cache/create-cache.ts imports types of stores/memory/store.ts',
    ],
    [
      'no store knows another',
      'stores/redis.ts',
      "import { memoryStore } from './memory/store.ts'",
      'stores/redis.ts imports values of stores/memory/store.ts',
    ],
    [
      'no store knows the engine',
      'stores/memory/store.ts',
      "import type { CacheEvent } from '../../cache/events.ts'",
      'stores/memory/store.ts imports types of cache/events.ts',
    ],
    [
      'a store is handed its client',
      'stores/redis.ts',
      "import { createClient } from 'redis'",
      'stores/redis.ts imports values of npm:redis',
    ],
    [
      'metrics/ knows nothing else here',
      'metrics/registry.ts',
      "import type { Outcome } from '../cache/events.ts'",
      'metrics/registry.ts imports types of cache/events.ts',
    ],
    [
      'metrics/ needs no package',
      'metrics/exposition/expose.ts',
      "import { Hono } from 'hono'",
      'metrics/exposition/expose.ts imports values of npm:hono',
    ],
    [
      'compression stays in one file',
      'metrics/exposition/expose.ts',
      "const { gzip } = await import('node:zlib')",
      'metrics/exposition/expose.ts imports values of node:zlib',
    ],
    [
      'repository/ knows nothing else here',
      'repository/in-memory.ts',
      "import { problem } from '../http/problem.ts'",
      'repository/in-memory.ts imports values of http/problem.ts',
    ],
    [
      "a database's driver stays in its adapter",
      'repository/in-memory.ts',
      "import { DatabaseSync } from 'node:sqlite'",
      'repository/in-memory.ts imports values of node:sqlite',
    ],
    [
      'node: stays in runtimes/',
      'http/cached.ts',
      "import { createHash } from 'node:crypto'",
      'http/cached.ts imports values of node:crypto',
    ],
    [
      'node: stays in runtimes/ also without its prefix',
      'http/cached.ts',
      "import { createHash } from 'crypto'",
      'http/cached.ts imports values of node:crypto',
    ],
    [
      'process stays in runtimes/',
      'app.ts',
      'const { env } = process',
      'app.ts uses a global of the runtime',
    ],
    [
      'process stays in runtimes/ also where a parameter has its name',
      'instruments.ts',
      'function f(process: Readers) { return process.env }',
      'instruments.ts uses a global of the runtime',
    ],
    [
      'process stays in runtimes/ also in a template',
      'app.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
      'const greeting = `pid ${process.pid}`',
      'app.ts uses a global of the runtime',
    ],
    [
      'Bun stays in runtimes/',
      'cache/size-of.ts',
      "const isBun = typeof Bun !== 'undefined'",
      'cache/size-of.ts uses a global of the runtime',
    ],
    [
      'globals stay in runtimes/ by any name',
      'cache/size-of.ts',
      "const env = globalThis['process']",
      'cache/size-of.ts uses a global of the runtime',
    ],
    [
      'shared memory stays where it is looked after',
      'runtimes/threads/start.ts',
      'const buffer = new SharedArrayBuffer(8)',
      'runtimes/threads/start.ts touches shared memory',
    ],
    [
      'so do atomic operations',
      'cache/invalidationBus.ts',
      'Atomics.load(cells, 0)',
      'cache/invalidationBus.ts touches shared memory',
    ],
    ['utils.ts is a drawer', 'http/utils.ts', '', 'http/utils.ts: "utils.ts" is a drawer, not a name'],
    ['types.ts is a drawer', 'cache/types.ts', '', 'cache/types.ts: "types.ts" is a drawer, not a name'],
    ['so is a folder', 'http/helpers/date.ts', '', 'http/helpers/date.ts: "helpers" is a drawer, not a name'],
    ['a new place needs a row', 'queue/job.ts', '', 'queue/job.ts is in no row of the table'],
    ['so does a new file at the top', 'server.ts', '', 'server.ts is in no row of the table'],
  ]
  for (const [because, file, source, complaint] of forbidden) {
    it(because, () => assert.deepEqual(said(file, source), [complaint]))
  }
})

describe('the table lets pass', () => {
  const allowed: [file: string, source: string][] = [
    ['runtimes/node.ts', "import process from 'node:process'\nprocess.exit(Bun.version)"],
    ['app.ts', "import type { UserRepository } from './repository/repository.ts'"],
    ['http/cached.ts', "import { type Cache, MAX_KEY_LENGTH } from '../cache/cache.ts'"],
    ['http/users.ts', "import type { Cache } from '../cache/cache.ts'"],
    ['http/scrape.ts', "import type { Registry } from '../metrics/index.ts'"],
    ['stores/redis.ts', "import type { RedisClientType } from 'redis'"],
    ['stores/memory/store.ts', "import { createLru } from './lru.ts'"],
    ['repository/sqlite.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['runtimes/node.ts', 'function start(rings: SharedArrayBuffer) {} // Atomics.load is not for us'],
    ['instruments.ts', 'function f({ process = {} }: { process?: Readers }) { return declare(process) }'],
    ['cache/cache.ts', "// import { Hono } from 'hono'\n/* process.env, Bun.env */\nconst s = 'process.env'"],
  ]
  for (const [file, source] of allowed) {
    it(`${file}: ${source.replaceAll('\n', ' ')}`, () => assert.deepEqual(said(file, source), []))
  }
})

describe('every way to import', () => {
  const forms: [source: string, kinds: Import['kind'][]][] = [
    ["import './a.ts'", ['value']],
    ["import a from './a.ts'", ['value']],
    ["import * as a from './a.ts'", ['value']],
    ["import type * as a from './a.ts'", ['type']],
    ["import {\n  a,\n  b,\n} from './a.ts'", ['value']],
    ["import type { A } from './a.ts'", ['type']],
    ["import { a, type B } from './a.ts'", ['value', 'type']],
    ["import { type A } from './a.ts'", ['value', 'type']], // nothing of it is left when it runs, but it loads the file
    ["import a, { type B } from './a.ts'", ['value', 'type']],
    ["import type from './a.ts'", ['value']],
    ["export * from './a.ts'", ['value']],
    ["export * as a from './a.ts'", ['value']],
    ["export type * from './a.ts'", ['type']],
    ["export { a } from './a.ts'", ['value']],
    ["export type { A } from './a.ts'", ['type']],
    ["const a = await import('./a.ts')", ['value']],
  ]
  for (const [source, kinds] of forms) {
    it(`is read: ${source.replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(
        importsOf('cache/cache.ts', source),
        kinds.map((kind) => ({ target: 'cache/a.ts', kind })),
      )
    })
  }

  it('is refused where only a run can tell what it imports', () => {
    assert.deepEqual(said('cache/cache.ts', 'await import(name)'), [
      'cache/cache.ts imports what only a run can tell',
    ])
  })
})
