/**
 * Runs the public test suite for HTTP caches (cache-tests.fyi) through the proxy, and prints the result of each kind of test:
 *
 *     npm run cache-suite                          the proxy from the sources, on Node
 *     npm run cache-suite -- --on bun              on Bun
 *     npm run cache-suite -- --suite ../cache-tests    a clone of the suite, which is newer than its package
 *     npm run cache-suite -- --json hitrate.json   writes the results as cache-tests.fyi takes them
 *     npm run cache-suite -- --id freshness-none   one test, with its requests and responses
 *     npm run cache-suite -- --base http://127.0.0.1:8080 --port 8000    another cache, whose upstream is this port
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Result, type Suite, summaryOf } from './summary.ts'

const root = join(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'node' },
    suite: { type: 'string', default: join(import.meta.dirname, 'node_modules/http-cache-tests') },
    base: { type: 'string' },
    port: { type: 'string' },
    json: { type: 'string' },
    id: { type: 'string', default: '' },
  },
})
const suite = resolve(values.suite)
const temp = mkdtempSync(join(tmpdir(), 'hitrate-cache-suite-'))
const children: ChildProcess[] = []

try {
  const port = values.port ?? String(await freePort())
  await listening(
    start(['--no-warnings', 'server/server.mjs'], { port, protocol: 'http', pidfile: join(temp, 'pid') }),
  )
  const base = values.base ?? (await startProxy(`http://localhost:${port}`))
  const output = await outputOf(start(['--no-warnings', 'cli.mjs'], { base, id: values.id }))
  if (values.id !== '') console.log(output)
  else {
    const results: Record<string, Result> = JSON.parse(output)
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
    const { default: suites }: { default: Suite[] } = await import(
      pathToFileURL(join(suite, 'tests/index.mjs')).href
    )
    console.log(summaryOf(suites, results))
  }
} finally {
  for (const child of children) child.kill()
  rmSync(temp, { recursive: true })
}

/** Starts a program of the suite. Its settings are those of `npm run`. */
function start(args: string[], settings: Record<string, string>): ChildProcess {
  const names = Object.entries(settings).map(([name, value]) => [`npm_package_config_${name}`, value])
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
  return child(process.execPath, args, suite, { ...env, ...Object.fromEntries(names) })
}

async function startProxy(upstream: string): Promise<string> {
  const program = values.on === 'bun' ? join(root, 'node_modules/.bin/bun') : process.execPath
  const proxy = child(program, [join(root, 'src/cli/main.ts'), '--port', '0', upstream], root, process.env)
  const [, url = ''] = /"url":"([^"]+)"/.exec(await listening(proxy)) ?? []
  return url // the suite adds a slash
}

function child(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
  const started = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(started)
  return started
}

/** Resolves to the output up to the line that says that the program listens. */
function listening(program: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    program.stdout?.on('data', (chunk) => {
      output += chunk
      if (output.includes('Listening')) resolve(output)
    })
    program.once('exit', (code) => reject(new Error(`The program ended with ${code}:\n${output}`)))
  })
}

function outputOf(program: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    program.stdout?.on('data', (chunk) => {
      output += chunk
    })
    program.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`cli.mjs ended with ${code}`)),
    )
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}
