/** What users install: the packed library, on the runtimes and with the compiler settings that they have. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What a user might write: both checked against our types and run. */
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

const answers: string[] = []
for (let i = 0; i < 2; i++) {
  const answer = await app.request('/rates')
  answers.push((answer.headers.get('cache-status') ?? '') + ' ' + (await answer.text()))
}
const read: Read<number> = await cache.read('answer', () => 42)
const outcome: Outcome = read.outcome

/** Never called. Each line must be an error, else the types are not there and everything is any. */
export function refused() {
  // @ts-expect-error there is no such option
  cached({ cache, nonsense: 1 })
  // @ts-expect-error there is no such label value
  requests.with({ method: 'BREW' })
  // @ts-expect-error a number is no string
  const wrong: string = read.value
  return wrong
}

export const result = {
  answers,
  outcome,
  exposed: (await expose(registry)).body,
  scraped: await (await app.request('/metrics')).text(),
}
`

/** Prints what every exported path has, and what the consumer found. */
const program = `
const exported = {}
for (const path of process.argv.slice(2)) exported[path] = Object.keys(await import(path)).length
const { default: manifest } = await import('hitrate/package.json', { with: { type: 'json' } })
const { result } = await import('./consumer.ts')
console.log(JSON.stringify({ exported, version: manifest.version, ...result }))
`

describe('the package', { skip: process.versions.bun !== undefined && 'npm and tsc are run by Node' }, () => {
  const temp = mkdtempSync(join(tmpdir(), 'hitrate-package-'))
  const built = join(temp, 'built')
  const user = join(temp, 'user')
  const installed = join(user, 'node_modules', 'hitrate')
  after(() => rmSync(temp, { recursive: true, force: true }))

  before(async () => {
    await pack()
    await install()
  })

  /** Packs a copy of what the package is made of: the build leaves nothing in this tree. */
  async function pack(): Promise<void> {
    const parts = [...manifest.files, 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'src']
    for (const part of parts) {
      if (part !== 'dist' && existsSync(join(root, part))) {
        cpSync(join(root, part), join(built, part), { recursive: true })
      }
    }
    symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'))
    await npm(built, 'pack', '--pack-destination', temp)
  }

  async function install(): Promise<void> {
    const tarball = join(temp, `hitrate-${manifest.version}.tgz`)
    cpSync(tarball, join(user, 'hitrate.tgz'))
    writeFileSync(join(user, 'package.json'), '{ "type": "module", "private": true }')
    const peers = Object.keys(manifest.peerDependencies).map(
      (name) => `${name}@${manifest.devDependencies[name]}`,
    )
    await npm(user, 'install', '--prefer-offline', '--no-audit', '--no-fund', './hitrate.tgz', ...peers)
    writeFileSync(join(user, 'consumer.ts'), consumer)
    writeFileSync(join(user, 'program.mjs'), program)
    const imports = exportedPaths().map((path, i) => `import * as path${i} from '${path}'\nvoid path${i}\n`)
    writeFileSync(join(user, 'every-path.ts'), imports.join(''))
  }

  function exportedPaths(): string[] {
    const paths = Object.keys(manifest.exports).map((path) => path.replace(/^\./, 'hitrate'))
    return paths.filter((path) => !path.endsWith('.json'))
  }

  function files(): string[] {
    const all = readdirSync(installed, { recursive: true, withFileTypes: true })
    return all
      .filter((file) => file.isFile())
      .map((file) =>
        join(file.parentPath, file.name)
          .slice(installed.length + 1)
          .replaceAll('\\', '/'),
      )
  }

  it('holds what was built, and nothing else', () => {
    const unexpected = files().filter(
      (file) =>
        !/^dist\/(?!worker\/|service\/).*(?<!\.test)\.(js|d\.ts)$/.test(file) &&
        !['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'].includes(file),
    )
    assert.deepEqual(unexpected, [])
    assert.ok(files().includes('LICENSE'))
  })

  it('has every file that it exports', () => {
    const targets = Object.values<string | Record<string, string>>(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? target : Object.values(target),
    )
    assert.deepEqual(
      targets.filter((target) => !existsSync(join(installed, target))),
      [],
    )
  })

  it('declares the types of every module', () => {
    const undeclared = files().filter((file) => {
      return file.endsWith('.js') && !existsSync(join(installed, file.replace(/\.js$/, '.d.ts')))
    })
    assert.deepEqual(undeclared, [])
  })

  it('names nothing that does not come with it, but for what only some runtimes have', () => {
    const ours = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const foreign = files().flatMap((file) => {
      if (!file.startsWith('dist/')) return []
      const text = readFileSync(join(installed, file), 'utf8').replace(/\/\*.*?\*\//gs, '') // examples name others
      const named = [...text.matchAll(/(?:\bfrom|\bimport) ?\(?['"]((?:@[\w.-]+\/)?[\w-][\w.:-]*)/g)]
      return named.flatMap(([, name = '']) => (ours.includes(name) ? [] : `${file}: ${name}`))
    })
    // Parts of a runtime: what is loaded where it is there, and what is for processes alone.
    assert.deepEqual(foreign.sort(), [
      'dist/metrics/exposition/compression.js: node:zlib',
      'dist/metrics/process/process-readers.js: node:fs',
      'dist/metrics/process/process-readers.js: node:process',
    ])
  })

  it('says nothing of the machine that built it', () => {
    const ours = [root, temp, `${homedir()}/`, 'node_modules']
    const telling = files()
      .filter((file) => file.startsWith('dist/'))
      .filter((file) => ours.some((path) => readFileSync(join(installed, file), 'utf8').includes(path)))
    assert.deepEqual(telling, [])
  })

  const runtimes = { Node: process.execPath, Bun: join(root, 'node_modules', '.bin', 'bun') }
  for (const [name, runtime] of Object.entries(runtimes)) {
    it(`works on ${name}, by every path it exports`, async () => {
      const paths = exportedPaths()
      const { exported, version, answers, outcome, exposed, scraped } = JSON.parse(
        await run(user, runtime, 'program.mjs', ...paths),
      )
      assert.deepEqual(Object.keys(exported), paths)
      assert.equal(version, manifest.version)
      assert.ok(Object.values(exported).every(Boolean), JSON.stringify(exported))
      assert.match(answers[0], /^hitrate; fwd=(uri-)?miss\b.* \{"loads":1\}$/)
      assert.match(answers[1], /^hitrate; hit\b.* \{"loads":1\}$/)
      assert.equal(outcome, 'miss')
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
  }

  for (const settings of [{ module: 'nodenext' }, { module: 'esnext', moduleResolution: 'bundler' }]) {
    const name = Object.values(settings).join(', ')
    it(`has types for a user with strict settings (${name})`, async () => {
      const config = {
        compilerOptions: {
          ...settings,
          target: 'es2024',
          lib: ['es2024', 'dom'], // Hono's own declarations want the DOM's, or a runtime's
          types: [],
          noEmit: true,
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          verbatimModuleSyntax: true,
          skipLibCheck: false,
        },
        files: ['consumer.ts', 'every-path.ts'],
      }
      const project = join(user, `tsconfig.${settings.module}.json`)
      writeFileSync(project, JSON.stringify(config))
      await run(user, process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project)
    })
  }
})

/** Without what `npm run` sets: it speaks of another project. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))

function npm(cwd: string, ...args: string[]): Promise<string> {
  return run(cwd, 'npm', ...args)
}

/** What it printed. Rejects with everything it said when it fails. */
async function run(cwd: string, file: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, args, { cwd, env, encoding: 'utf8' })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string } // as execFile rejects
    throw new Error(`${[file, ...args].join(' ')} failed:\n${stdout}${stderr}`)
  }
}
