/** The packed package in an empty folder: its files, what comes with it, its types, and programs on Node and on Bun. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, it } from 'node:test'
import { describeProgram } from './package/describe-program.ts'
import {
  filesBelow,
  foreignImports,
  installedPackages,
  installPackage,
  type Manifest,
  packPackage,
  readJson,
  run,
} from './support/packed-package.ts'
import { rounds } from './support/rounds.ts'

const root = join(import.meta.dirname, '..')
const runtimes = { Node: process.execPath, Bun: join(root, 'node_modules/.bin/bun') }

/** A user's program, checked against the published types and run. */
const consumer = `
import { Hono } from 'hono'
import { cached, createCache, memoryStore, type Outcome, type Read } from 'hitrate'
import { createRegistry, expose, measured, scrape, type Registry } from 'hitrate/metrics'

const registry: Registry = createRegistry()
const requests = registry.counter({ name: 'requests_total', help: 'Requests.', labels: { method: ['GET', 'other'] } })
const cache = createCache({ memory: memoryStore({ maxBytes: 1024 * 1024 }) })
let loads = 0

const app = new Hono()
app.use(measured({ onEnd: ({ method }) => requests.with({ method: method === 'GET' ? 'GET' : 'other' }).inc() }))
app.get('/metrics', scrape(registry))
app.get('/rates', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.json({ loads: ++loads }))

const responses: string[] = []
for (let i = 0; i < 2; i++) {
  const response = await app.request('/rates')
  responses.push((response.headers.get('cache-status') ?? '') + ' ' + (await response.text()))
}
const read: Read<number> = await cache.read('key', () => 42)
const outcome: Outcome = read.outcome
const stored: number | undefined = await cache.get<number>('key')
const [missing] = await cache.getMany<number>(['other'])
const disposed: Promise<void> = createCache({ ttlMs: [1000, 5000] })[Symbol.asyncDispose]()
await disposed

/** Never called. Every line must be an error: without types everything would be any, and none would be. */
export function refused() {
  // @ts-expect-error no such option
  cached({ cache, nonsense: 1 })
  // @ts-expect-error no such label value
  requests.with({ method: 'BREW' })
  // @ts-expect-error a number is not a string
  const wrong: string = read.value
  return wrong
}

console.log(JSON.stringify({
  responses,
  outcome,
  values: [stored, missing ?? null],
  exposed: (await expose(registry)).body,
  scraped: await (await app.request('/metrics')).text(),
}))
`

/** Prints how many names each of the given paths exports, and the version in the manifest. */
const pathsProgram = `
const exported = {}
for (const path of process.argv.slice(2)) exported[path] = Object.keys(await import(path)).length
const { default: manifest } = await import('hitrate/package.json', { with: { type: 'json' } })
console.log(JSON.stringify({ exported, version: manifest.version }))
`

describe('the package', { skip: process.versions.bun !== undefined && 'npm and tsc run on Node' }, () => {
  const temp = mkdtempSync(join(tmpdir(), 'hitrate-package-'))
  after(() => rmSync(temp, { recursive: true, force: true }))

  /** Has the package and hono. */
  const user = join(temp, 'user')
  /** Has the optional peers too. */
  const serviceUser = join(temp, 'service-user')
  const installed = join(user, 'node_modules/hitrate')
  let manifest: Manifest

  before(async () => {
    const tarball = await packPackage(join(temp, 'source'))
    await installPackage(user, tarball, ['hono'])
    manifest = readJson(join(installed, 'package.json'))
    await installPackage(serviceUser, tarball, Object.keys(manifest.peerDependencies))
    writeFileSync(join(user, 'consumer.ts'), consumer)
    for (const folder of [user, serviceUser]) writeFileSync(join(folder, 'paths.mjs'), pathsProgram)
  })

  /** Import paths of the modules; for each the file that it names. */
  function modules(): { path: string; file: string }[] {
    return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
      if (typeof target === 'string') return []
      return [{ path: subpath.replace(/^\./, 'hitrate'), file: join(installed, target.default ?? '') }]
    })
  }

  function isOptional(name: string): boolean {
    return manifest.peerDependenciesMeta[name]?.optional === true
  }

  /** Paths that work without the optional peers. */
  function libraryPaths(): string[] {
    return modules()
      .filter(({ file }) => !foreignImports(file).some(isOptional))
      .map(({ path }) => path)
  }

  it('brings nothing but itself and hono', () => {
    assert.deepEqual(installedPackages(user).sort(), ['hitrate', 'hono'])
    assert.equal(manifest.dependencies, undefined)
  })

  it('holds the build and its documents, and nothing else', () => {
    const documents = [
      ...['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'],
      ...['service/openapi/openapi.json', 'bin/THIRD-PARTY.txt'],
    ]
    const files = filesBelow(installed)
    assert.deepEqual(
      files.filter((file) => !documents.includes(file) && !/(?<!\.test)\.(js|d\.ts)$/.test(file)),
      [],
    )
    assert.deepEqual(
      documents.filter((document) => !files.includes(document)),
      [],
    )
  })

  it('exports every file of src/exports', () => {
    const sources = filesBelow(join(root, 'src/exports')).map((file) => file.replace(/\.ts$/, ''))
    const paths = sources.map((source) => (source === 'index' ? 'hitrate' : `hitrate/${source}`))
    assert.deepEqual(
      modules()
        .map(({ path }) => path)
        .sort(),
      paths.sort(),
    )
  })

  it('has every file that it exports', () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? target : Object.values(target),
    )
    assert.deepEqual(
      targets.filter((target) => !existsSync(join(installed, target))),
      [],
    )
  })

  it('declares the types of every module', () => {
    const isModule = (file: string) => file.endsWith('.js') && !file.startsWith('bin/')
    const files = filesBelow(installed).filter(isModule)
    assert.deepEqual(
      files.filter((file) => !existsSync(join(installed, file.replace(/\.js$/, '.d.ts')))),
      [],
    )
  })

  it('imports hono alone, but for modules of runtimes and the optional peers of hitrate/service', () => {
    const library = ['hono', 'node:zlib'] // zlib is loaded only where the runtime has it
    const allowed: Record<string, string[]> = {
      hitrate: library,
      'hitrate/dashboard': ['hono'],
      'hitrate/metrics': library,
      'hitrate/node': [...library, 'node:http', 'node:net'],
      'hitrate/process': ['node:fs', 'node:os', 'node:perf_hooks', 'node:process', 'node:v8'],
      'hitrate/stores/memcached': ['node:crypto', 'node:net', 'node:tls'],
      'hitrate/stores/sqlite': ['node:fs', 'node:os', 'node:path', 'node:sqlite'],
      'hitrate/service': [...library, ...Object.keys(manifest.peerDependencies)],
    }
    for (const { path, file } of modules()) {
      const imports = [...foreignImports(file), ...foreignImports(file.replace(/\.js$/, '.d.ts'))]
      const unexpected = imports.filter((name) => !allowed[path]?.includes(name))
      assert.deepEqual(unexpected, [], path)
    }
  })

  it('contains no path of the machine that built it', () => {
    const local = [root, temp, `${homedir()}/`, 'node_modules']
    const files = filesBelow(installed).filter((file) => /\.(js|ts|json)$/.test(file))
    assert.deepEqual(
      files.filter((file) =>
        local.some((path) => readFileSync(join(installed, file), 'utf8').includes(path)),
      ),
      [],
    )
  })

  describeProgram(user)

  for (const [name, runtime] of Object.entries(runtimes)) {
    it(`works on ${name}`, async () => {
      const { responses, outcome, values, exposed, scraped } = JSON.parse(
        await run(user, runtime, 'consumer.ts'),
      )
      assert.match(responses[0], /^hitrate; fwd=(uri-)?miss\b.* \{"loads":1\}$/)
      assert.match(responses[1], /^hitrate; hit\b.* \{"loads":1\}$/)
      assert.equal(outcome, 'miss')
      assert.deepEqual(values, [42, null])
      const lines = [
        '# HELP requests_total Requests.',
        '# TYPE requests_total counter',
        'requests_total{method="GET"} 2',
        'requests_total{method="other"} 0',
        '',
      ]
      assert.equal(exposed, lines.join('\n'))
      assert.equal(scraped, exposed)
    })

    it(`loads on ${name} by every library path without the optional peers`, async () => {
      assert.ok(libraryPaths().includes('hitrate'))
      await loadPaths(user, runtime, libraryPaths())
    })

    it(`loads on ${name} by every path with the optional peers`, async () => {
      await loadPaths(
        serviceUser,
        runtime,
        modules().map(({ path }) => path),
      )
    })

    it(`runs the library snippet of README on ${name}`, async () => {
      writeFileSync(join(user, 'snippet.ts'), librarySnippet())
      writeFileSync(join(user, 'snippet-program.mjs'), snippetProgram)
      const statuses = JSON.parse(await run(user, runtime, 'snippet-program.mjs'))
      assert.match(statuses[0], /^hitrate; fwd=uri-miss;.* stored/)
      assert.match(statuses[1], /^hitrate; hit;/)
    })
  }

  async function loadPaths(folder: string, runtime: string, paths: string[]): Promise<void> {
    const { exported, version } = JSON.parse(await run(folder, runtime, 'paths.mjs', ...paths))
    assert.deepEqual(Object.keys(exported), paths)
    assert.ok(Object.values(exported).every(Boolean), JSON.stringify(exported))
    assert.equal(version, manifest.version)
  }

  // tests/package-lint.test.ts resolves the types as bundlers do, too.
  const ways = [{ module: 'nodenext' }, { module: 'esnext', moduleResolution: 'bundler' }]
  for (const settings of ways.slice(0, rounds(1, 2))) {
    const name = Object.values(settings).join(', ')

    it(`has types for a user with strict settings (${name})`, async () => {
      await checkTypes(user, settings, consumer)
    })

    it(`has types at every path for a user with strict settings (${name})`, async () => {
      const paths = modules().flatMap(({ path }) => (path === 'hitrate/node' ? [] : path))
      await checkTypes(serviceUser, settings, importsOf(paths))
    })

    it(`has types of hitrate/node for a user with the types of Node (${name})`, async () => {
      const types = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] }
      await checkTypes(serviceUser, { ...settings, ...types }, importsOf(['hitrate/node']))
    })
  }
})

function importsOf(paths: readonly string[]): string {
  return paths.map((path, i) => `import * as path${i} from '${path}'\nvoid path${i}\n`).join('')
}

/** @param settings of the compiler, in place of the strict ones. */
async function checkTypes(
  folder: string,
  settings: Record<string, string | string[]>,
  program: string,
): Promise<void> {
  const config = {
    compilerOptions: {
      target: 'es2024',
      lib: ['es2024', 'dom'], // Hono's declarations need those of the DOM or of a runtime
      types: [],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      ...settings,
    },
    files: ['checked.ts'],
  }
  writeFileSync(join(folder, 'checked.ts'), program)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  await run(folder, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', folder)
}

/** The first example of README that imports hitrate. */
function librarySnippet(): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, snippet = '']) => snippet)
  return (
    snippets.find((snippet) => snippet.includes("from 'hitrate'")) ?? assert.fail('README has no example')
  )
}

/**
 * Requests the first cached route of the snippet twice, and prints each Cache-Status. A function that the snippet calls but
 * leaves to its reader is defined here as a global. Bun serves a program that exports an app, so the snippet is imported.
 */
const snippetProgram = `
import { readFileSync } from 'node:fs'
globalThis.loadRates = async (currency) => ({ currency })
const { default: app } = await import('./snippet.ts')
const [, path] = /app\\.get\\('([^']+)'/.exec(readFileSync('snippet.ts', 'utf8'))
const statuses = []
for (let i = 0; i < 2; i++) {
  const response = await app.request(path.replaceAll(/:\\w+/g, 'x'))
  statuses.push(response.headers.get('cache-status'))
}
console.log(JSON.stringify(statuses))
`
