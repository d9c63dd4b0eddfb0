/**
 * The pages of docs/. Each example type-checks, and prints on Node and on Bun the text below it. Links and anchors resolve.
 * Every page but the index and the reference has 60 to 250 lines, begins with code and ends with its limits.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { bin, root } from './runtimes/running-service.ts'

const run = promisify(execFile)
const RUNTIMES = ['node', 'bun'] as const
type Runtime = (typeof RUNTIMES)[number]

interface Page {
  /** Path from the root of the repository. */
  path: string
  text: string
  examples: Example[]
}

interface Example {
  /** Name of the file that holds the program. */
  file: string
  source: string
  prints: string
}

const pages = globSync('docs/**/*.md', { cwd: root }).sort().map(readPage)
const examples = pages.flatMap((page) => page.examples)

/** The tables of docs/reference/options.md, and the interfaces in src/ with their options, or single options. */
const optionTables: Record<string, (string | [file: string, name: string])[]> = {
  createCache: [
    ['cache/cache.ts', 'CacheOptions'],
    ['cache/shared-tier-options.ts', 'SharedTierOptions'],
  ],
  memoryStore: [['stores/memory/memory-store-options.ts', 'MemoryStoreOptions']],
  'cache.read': [
    ['cache/read.ts', 'ReadOptions'],
    ['cache/lifetime.ts', 'Lifetime'],
    ['cache/freshness.ts', 'Demands'],
  ],
  'cache.get': [
    ['cache/read.ts', 'GetOptions'],
    ['cache/freshness.ts', 'Demands'],
  ],
  retry: [['cache/read.ts', 'Retry']],
  loaded: [['cache/lifetime.ts', 'LoadedOptions']],
  'cache.entity': [['cache/entity/entity.ts', 'EntityOptions'], 'key'], // `key` has a conditional type
  'cache.wrap': [['cache/wrap/wrapped.ts', 'WrapOptions']],
  cached: [['http/cached/options.ts', 'CachedOptions']],
  front: [
    ['http/front/front-hits.ts', 'FrontHitsOptions'],
    ['http/front/front.ts', 'FrontOptions'],
  ],
  frontListener: [
    ['http/front/front-hits.ts', 'FrontHitsOptions'],
    ['http/front/front-listener.ts', 'FrontListenerOptions'],
  ],
  frontServer: [
    ['http/front/front-hits.ts', 'FrontHitsOptions'],
    ['http/front/front-listener.ts', 'FrontListenerOptions'],
    ['http/socket/front-server.ts', 'FrontServerOptions'],
  ],
  purge: [['http/endpoints/purge.ts', 'PurgeOptions']],
  measured: [['http/measured/measured.ts', 'MeasuredOptions']],
  scrape: [['http/endpoints/scrape.ts', 'ScrapeOptions']],
  dashboard: [['dashboard/dashboard-options.ts', 'DashboardOptions']],
  createRegistry: [['metrics/registry.ts', 'RegistryOptions']],
  createInstruments: [['instruments/create-instruments.ts', 'InstrumentsOptions']],
  processReaders: [['metrics/process/process-readers.ts', 'ProcessReadersOptions']],
  sharedMemoryBus: [['cache/invalidation/shared-memory-bus.ts', 'InvalidationMemoryOptions']],
}

/** Output by file name, of all examples of a runtime. */
const outputs = new Map<Runtime, Promise<Map<string, string>>>()
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hitrate-docs-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  for (const { file, source } of examples) await writeFile(join(folder, file), fromSources(source))
  const jsx = examples.filter(({ file }) => file.endsWith('.tsx')).map(({ file }) => join(folder, file))
  const options = ['--no-bundle', '--jsx-runtime=automatic', '--jsx-import-source=hono/jsx']
  if (jsx.length > 0) await run(bin('bun'), ['build', ...jsx, ...options, `--outdir=${folder}`])
})
after(() => rm(folder, { recursive: true, force: true }))

describe('the examples of docs/', () => {
  it('type-check', async () => {
    const tsconfig = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        rewriteRelativeImportExtensions: false, // the sources are imported by an absolute path
        jsx: 'react-jsx',
        jsxImportSource: 'hono/jsx',
      },
      include: ['*.ts', '*.tsx', join(root, 'tests/support/docs-clock.ts')],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
    await run(bin('tsc'), ['--project', folder]).catch(({ stdout }: { stdout: string }) =>
      assert.fail(stdout),
    )
  })
})

for (const page of pages) {
  describe(page.path, () => {
    it('shows below each ts block what it prints', () => {
      assert.equal(page.text.match(/^```tsx?$/gm)?.length ?? 0, page.examples.length)
    })

    it('links to files and anchors that exist', () => {
      for (const [, target = ''] of withoutCode(page.text).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? join(root, page.path) : join(root, dirname(page.path), path)
        assert.ok(existsSync(file), target)
        if (anchor !== undefined) assert.ok(anchorsOf(readFileSync(file, 'utf8')).includes(anchor), target)
      }
    })

    if (isArticle(page)) {
      it('has 60 to 250 lines', () => {
        const lines = page.text.trimEnd().split('\n').length
        assert.ok(lines >= 60 && lines <= 250, `${lines} lines`)
      })

      it('shows code within its first 15 lines', () => {
        const top = page.text.split('\n').slice(0, 15)
        // A page on the service may begin with a table: of its settings, its routes, its metrics.
        const shows = page.path.startsWith('docs/service/') ? /^(```|\| )/ : /^```/
        assert.ok(top.some((line) => shows.test(line)))
      })

      it('ends with its limits', () => {
        const titles = [...withoutCode(page.text).matchAll(/^## (.+)$/gm)].map(([, title]) => title)
        assert.equal(titles.at(-1), 'Limits')
      })
    }

    for (const [i, { file, prints }] of page.examples.entries()) {
      for (const runtime of RUNTIMES) {
        it(`prints the text below example ${i + 1} on ${runtime}`, { timeout: 240_000 }, async () => {
          assert.equal((await outputsOn(runtime)).get(file), prints)
        })
      }
    }
  })
}

describe('docs/reference/options.md', () => {
  const page = readFileSync(join(root, 'docs/reference/options.md'), 'utf8')
  for (const [title, declarations] of Object.entries(optionTables)) {
    it(`has a line for every option of ${title}, and no other`, () => {
      const members = declarations.flatMap((one) => (typeof one === 'string' ? one : membersOf(...one)))
      assert.deepEqual(namesIn(sectionOf(page, title), /^\| `(\w+)` \|/gm), members.sort())
    })
  }
})

describe('docs/README.md', () => {
  it('links to every page', () => {
    const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
    for (const { path } of pages) {
      if (path !== 'docs/README.md') assert.ok(index.includes(`](${path.slice('docs/'.length)})`), path)
    }
  })
})

function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8')
  const name = path.slice('docs/'.length, -'.md'.length).replaceAll('/', '-')
  const examples = [...text.matchAll(/^```(tsx?)\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)].map(
    ([, extension = '', source = '', prints = ''], i) => ({
      file: `${name}-${i + 1}.${extension}`,
      source,
      prints: prints.trimEnd(),
    }),
  )
  return { path, text, examples }
}

/** A page that answers one question. The index and the reference are looked up, not read, so they have a form of their own. */
function isArticle({ path }: Page): boolean {
  return path.split('/').length > 2 && !path.endsWith('/README.md') && !path.startsWith('docs/reference/')
}

function outputsOn(runtime: Runtime): Promise<Map<string, string>> {
  let result = outputs.get(runtime)
  if (result === undefined) {
    result = runExamples(runtime)
    outputs.set(runtime, result)
  }
  return result
}

/** Threads and sockets depend on real time, and may print after the last line of an example. */
const NEEDS_REAL_TIME = /from 'node:(worker_threads|http|net)'/

/**
 * Runs all examples of a runtime in one process, because starting 80 of them takes most of the time. Only those that need
 * real time have a process of their own.
 */
async function runExamples(runtime: Runtime): Promise<Map<string, string>> {
  const output = new Map<string, string>()
  const [alone, together] = [true, false].map((isAlone) =>
    examples.filter(({ source }) => NEEDS_REAL_TIME.test(source) === isAlone).map(({ file }) => file),
  )
  let left = together ?? []
  while (left.length > 0) {
    const ran = await runTogether(runtime, left)
    for (const [file, text] of ran) output.set(file, text)
    left = left.slice(Math.max(ran.size, 1)) // one that ended the process does not take the rest with it
  }
  for (const file of alone ?? []) {
    const { stdout } = await run(bin(runtime), [join(folder, file)], { timeout: 20_000 })
    output.set(file, stdout.trimEnd())
  }
  return output
}

async function runTogether(runtime: Runtime, files: string[]): Promise<Map<string, string>> {
  const runner = join(root, 'tests/support/run-examples.ts')
  const paths = files.map((file) => join(folder, file.replace('.tsx', '.js'))) // Node does not compile JSX
  const { stdout } = await run(bin(runtime), [runner, ...paths], { timeout: 200_000 }).catch(
    (error: { stdout: string }) => error,
  )
  const parts = stdout.split('\u0000').slice(1)
  return new Map(parts.map((part, i) => [files[i] ?? '', part.slice(part.indexOf('\n') + 1).trimEnd()]))
}

/** The anchors that GitHub makes of the headings of a page. */
function anchorsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** The text under a heading of level 2. */
function sectionOf(text: string, title: string): string {
  return text.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? ''
}

/** The names of the members that an interface in src/ declares itself. */
function membersOf(file: string, name: string): string[] {
  const source = readFileSync(join(root, 'src', file), 'utf8')
  const [, members = ''] =
    new RegExp(`^export (?:interface|type) ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source) ?? []
  return namesIn(members, /^ {2}(?:readonly )?(\w+)\??[:(]/gm)
}

function namesIn(text: string, line: RegExp): string[] {
  return [...text.matchAll(line)].map(([, name = '']) => name).sort()
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

/** The example with our sources in place of the package. A step of the tour imports the files of its folder in examples/. */
function fromSources(source: string): string {
  return source
    .replace(
      /from 'hitrate(?:\/([\w/-]+))?'/g,
      (_, entry = 'index') => `from '${join(root, 'src/exports', entry)}.ts'`,
    )
    .replace(/from '\.\/([\w-]+\.ts)'/g, (_, file) => `from '${join(root, 'examples/step-by-step', file)}'`)
}
