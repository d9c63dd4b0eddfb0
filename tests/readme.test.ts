/**
 * Runs what README.md and docs/service/ show: commands, curl sessions with their output, tables and snippets. Each page with a
 * session has a service of its own, started by the command that the page shows, on a new database.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { variableNames } from '../src/service/startup/config.ts'
import { bin, freePort, root, runToEnd } from './runtimes/running-service.ts'

const run = promisify(execFile)
const SHOWN_URL = 'http://127.0.0.1:3000'

interface Page {
  /** Path from the root of the repository. */
  path: string
  text: string
}

const pages = ['README.md', ...globSync('docs/service/*.md', { cwd: root }).sort()].map(readPage)
const readme = readPage('README.md')
const metricsPage = readPage('docs/service/metrics.md')
const instrumentsPage = readPage('docs/metrics/instruments.md')
const configurationPage = readPage('docs/service/configuration.md')

for (const page of pages) {
  const commands = sessionOf(page)
  if (commands.length === 0) continue

  describe(`the session of ${page.path}`, () => {
    let folder: string
    let service: ShownService

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hitrate-readme-'))
      service = await startShown(page, folder)
    })
    after(async () => {
      await service?.end()
      await rm(folder, { recursive: true, force: true })
    })

    it('shows the real output of curl', async () => {
      for (const { command, output } of commands) {
        const here = command.replaceAll(SHOWN_URL, service.url).replaceAll('curl ', 'curl --silent ')
        const { stdout } = await run('bash', ['-c', here])
        assert.equal(steady(stdout), steady(output), command)
      }
    })

    if (page.path === metricsPage.path) {
      it('serves the metrics that the pages on them list, and no other', async () => {
        const text = await (await fetch(`${service.url}/metrics`)).text()
        const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
        for (const { text } of [metricsPage, instrumentsPage]) {
          const tables = text.split('\n').filter((line) => line.startsWith('|'))
          const listed = new Set(tables.join('\n').match(/(?<=`)(?:cache|http|hitrate|metrics)_\w+/g))
          for (const name of families)
            assert.ok(listed.has(name) || /^(process|nodejs)_/.test(name), `${name} is missing`)
          for (const name of listed) assert.ok(families.includes(name), `${name} is not served`)
        }
      })
    }
  })
}

describe('README.md and docs/service/', () => {
  it('name scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object }
    const named = pages.flatMap(({ text }) => [
      ...text.matchAll(/\b(?:npm|bun) run ([\w:-]+)/g),
      ...text.matchAll(/\bnpm (test|start)\b/g),
    ])
    assert.ok(named.length >= 6)
    for (const [command, script = ''] of named) assert.ok(script in scripts, command)
  })

  it('show a part of the Prometheus configuration that is shipped', async () => {
    const shipped = await readFile(join(root, 'deploy/prometheus.yml'), 'utf8')
    const snippets = pages.flatMap((page) => blocksOf(page, 'yaml'))
    assert.ok(snippets.length >= 1)
    for (const line of snippets.flatMap((snippet) => snippet.trim().split('\n')))
      assert.ok(shipped.includes(line.trim()), line)
  })

  it('show the message for an invalid environment', async () => {
    const mistakes = pages.flatMap(({ text }) => [
      ...text.matchAll(/^```sh\n((?:[A-Z_]+=\S+ )+)npm run start\n```\n\n```text\n([\s\S]*?)^```$/gm),
    ])
    assert.equal(mistakes.length, 2)
    for (const [, variables = '', message = ''] of mistakes) {
      assert.deepEqual(await runToEnd('bun', environmentOf(variables)), { code: 1, output: message })
    }
  })
})

describe('docs/service/configuration.md', () => {
  it('has a line for every variable, and no other', () => {
    for (const name of variableNames) assert.ok(configurationPage.text.includes(`\`${name}\``), name)
    for (const [, name = ''] of configurationPage.text.matchAll(/^\| `([A-Z_]+)` \|/gm))
      assert.ok(variableNames.includes(name), name)
  })
})

describe('README.md', () => {
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-readme-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('shows a library that type-checks, and answers on Node and on Bun as it shows', async () => {
    const [snippet, ...others] = blocksOf(readme, 'ts')
    assert.equal(others.length, 0)
    const [shown = ''] = blocksOf(readme, 'text')
    const requests = [...shown.matchAll(/^GET (\S+) +Cache-Status: (.+)$/gm)]
    assert.equal(requests.length, 2)
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    const stub = 'async function loadRates(currency: string) { return { currency } }'
    // Bun would serve the snippet if it were the main program, because it exports an app.
    const program = `
      import app from './snippet.ts'
      const statuses: (string | null)[] = []
      for (const path of ${JSON.stringify(requests.map(([, path]) => path))}) {
        const { headers } = await app.request(path)
        statuses.push(headers.get('cache-status'))
      }
      process.stdout.write(JSON.stringify(statuses))`
    const source = `${snippet}${stub}`.replace("'hitrate'", `'${join(root, 'src/exports/index.ts')}'`)
    await writeFile(join(folder, 'snippet.ts'), source)
    await writeFile(join(folder, 'program.ts'), program)
    const tsconfig = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rewriteRelativeImportExtensions: false }, // the snippet imports the sources by an absolute path
      include: ['program.ts'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    await run(bin('tsc'), ['--project', folder]).catch(({ stdout }: { stdout: string }) =>
      assert.fail(stdout),
    )

    const expected = requests.map(([, , status = '']) => withoutSeconds(status))
    for (const runtime of ['node', 'bun']) {
      const { stdout } = await run(bin(runtime), [join(folder, 'program.ts')])
      assert.deepEqual((JSON.parse(stdout) as string[]).map(withoutSeconds), expected)
    }
  })

  it('names a Worker bundle, which builds without an account', { timeout: 120_000 }, async () => {
    const { stdout } = await run('npm', ['run', 'build:worker'], { cwd: root })
    assert.match(stdout, /Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/)
  })
})

/** The remaining lifetime depends on the moment of the request. */
function withoutSeconds(status: string): string {
  return status.replace(/ttl=\d+/, 'ttl=N')
}

interface ShownService {
  url: string
  end(): Promise<void>
}

/** Runs the command that the page shows, such as `THREADS=2 npm run start`, on a free port. Default: `npm run dev`. */
async function startShown({ text }: Page, folder: string): Promise<ShownService> {
  const shown = /^```sh\n(?:.* && )?((?:[A-Z_]+=\S+ )*)npm run (dev|start|start:node)$/m.exec(text)
  const [, variables = '', script = 'dev'] = shown ?? []
  const port = await freePort()
  const env = {
    ...process.env,
    PORT: String(port),
    DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
    ...environmentOf(variables, folder),
  }
  // A process group of its own, because npm does not pass signals on to its child.
  const npm = spawn('npm', ['run', script], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await untilListening(npm)
  return {
    url: `http://127.0.0.1:${port}`,
    async end() {
      const ended = new Promise((resolve) => npm.once('exit', resolve))
      signalGroup(npm, 'SIGTERM')
      await ended
      // `bun --watch` survives a SIGTERM that arrives while it restarts, and would keep this process waiting for its output.
      signalGroup(npm, 'SIGKILL')
      npm.stdout.destroy()
    },
  }
}

/** Sends the signal to all processes of the group that still run. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function untilListening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`npm run ended with ${code}`)))
    child.stdout?.on('data', (chunk: Buffer) => chunk.includes('"Listening"') && resolve())
  })
}

/** @param folder for the files that a page has in ./data/. */
function environmentOf(variables: string, folder = 'data'): Record<string, string> {
  const pairs = [...variables.matchAll(/(\w+)=(\S+)/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  )
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.replace(/^\.\/data(?=\/)/, folder)]))
}

function readPage(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}

/** The commands of all console blocks of a page, each with the output below it. */
function sessionOf(page: Page): { command: string; output: string }[] {
  return blocksOf(page, 'console')
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((shown) => {
      const [command = '', ...lines] = shown.trimEnd().split('\n')
      return { command, output: lines.join('\n') }
    })
}

/** The contents of all fenced blocks of a language. */
function blocksOf({ text }: Page, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  )
}

/** Replaces the parts of an output that differ from run to run: dates, lifetimes, ages and durations. */
function steady(output: string): string {
  return output
    .replaceAll('\r', '')
    .replace(/^(x-request-id|traceparent): .*\n/gm, '') // on every response, so the pages leave them out
    .trimEnd()
    .replace(/^Last-Modified: .+ GMT\n/gm, '') // only reads after the second of the change have it
    .replace(/^Date: .+ GMT$/gm, 'Date: D')
    .replace(/,"request_id":"\w+"/g, '')
    .replace(/ttl=\d+/g, 'ttl=N')
    .replace(/^Age: \d+$/gm, 'Age: N')
    .replace(/^(cache_size_bytes\S*) \d+$/gm, '$1 N') // more with Last-Modified
    .replace(/"uptime_seconds":\d+/, '"uptime_seconds":N')
    .replace(/^cache_avg_latency_us [\d.]+$/m, 'cache_avg_latency_us N')
}
