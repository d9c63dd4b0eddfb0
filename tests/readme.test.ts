/** What the README shows is run: its commands, the curl lines with their output, its tables and its snippets. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { variableNames } from '../src/service/startup/config.ts'
import { bin, freePort, root } from './runtimes/running-service.ts'

const run = promisify(execFile)
const readme = await readFile(join(root, 'README.md'), 'utf8')
const URL_IN_README = 'http://127.0.0.1:3000'

describe('the README', () => {
  let folder: string
  let url: string
  let dev: ChildProcess

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-readme-'))
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const env = { ...process.env, PORT: String(port), DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}` }
    // A group of its own: npm does not pass signals on to what it runs.
    dev = spawn('npm', ['run', 'dev'], {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      dev.once('exit', (code) => reject(new Error(`npm run dev ended with ${code}`)))
      dev.stdout?.on('data', (chunk: Buffer) => chunk.includes('"Listening"') && resolve())
    })
  })

  after(async () => {
    const ended = new Promise((resolve) => dev.once('exit', resolve))
    if (dev.pid !== undefined) process.kill(-dev.pid, 'SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })

  it('names scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object }
    const named = [
      ...readme.matchAll(/\b(?:npm|bun) (?:run )?(test|start|dev|start:node|dev:worker|build:worker)\b/g),
    ]
    assert.ok(named.length >= 6)
    for (const [command, script = ''] of named) assert.ok(script in scripts, command)
  })

  it('shows what curl really prints, against npm run dev', async () => {
    const commands = blocks('console').flatMap((block) => block.split(/^\$ /m).slice(1))
    assert.ok(commands.length >= 10)
    for (const shown of commands) {
      const [command = '', ...lines] = shown.trimEnd().split('\n')
      const here = command.replaceAll(URL_IN_README, url).replaceAll('curl ', 'curl --silent ')
      const { stdout } = await run('bash', ['-c', here])
      assert.equal(steady(stdout), steady(lines.join('\n')), command)
    }
  })

  it('has a line for every metric of a scrape, and variableNames none that is not there', async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
    const table = section('What the metrics tell you')
    for (const name of families) assert.ok(table.includes(`\`${name}`) || name.startsWith('process_'), name)
    for (const [, name = ''] of table.matchAll(/^\| `((?:cache|http|hitrate|metrics)_\w+)/gm))
      assert.ok(families.includes(name), name)
  })

  it('has a line for every variable that is read', () => {
    const text = section('Configuration')
    for (const name of variableNames) assert.ok(text.includes(`\`${name}\``), name)
    for (const [, name = ''] of text.matchAll(/^\| `([A-Z_]+)`/gm))
      assert.ok(variableNames.includes(name), name)
  })

  it('shows a part of the Prometheus configuration that is shipped', async () => {
    const shipped = await readFile(join(root, 'deploy/prometheus.yml'), 'utf8')
    const [snippet = ''] = blocks('yaml')
    for (const line of snippet.trim().split('\n')) assert.ok(shipped.includes(line.trim()), line)
  })

  it('shows a library that type-checks, and works on Node and on Bun', async () => {
    const snippets = blocks('ts')
    assert.equal(snippets.length, 2)
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    const stubs = `
      async function loadRates(currency: string): Promise<{ currency: string }> { return { currency } }
      async function loadExchangeDays(): Promise<string[]> { return ['monday'] }
      export { outcome, value }`
    // Bun would serve the snippet if it were the program itself: it exports an app.
    const program = `
      import app, { outcome, value } from './snippet.ts'
      const answers: unknown[] = [value, outcome]
      for (const path of ['/rates/usd', '/rates/usd', '/rates/usd/reload', '/rates/usd']) {
        const response = await app.request(path, { method: path.endsWith('reload') ? 'POST' : 'GET' })
        answers.push(response.headers.get('cache-status')?.replace(/ttl=\\d+/, 'ttl=N') ?? response.status)
      }
      answers.push(/^cache_hits_total .+/m.exec(await (await app.request('/metrics')).text())?.[0])
      process.stdout.write(JSON.stringify(answers))`
    const source = (snippets.join('\n') + stubs).replace(
      "'hitrate'",
      `'${join(root, 'src/exports/index.ts')}'`,
    )
    await writeFile(join(folder, 'snippet.ts'), source)
    await writeFile(join(folder, 'program.ts'), program)
    const tsconfig = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rewriteRelativeImportExtensions: false }, // the snippet imports the sources by a whole path
      include: ['program.ts'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    await run(bin('tsc'), ['--project', folder]).catch(({ stdout }: { stdout: string }) =>
      assert.fail(stdout),
    )

    for (const runtime of ['node', 'bun']) {
      const { stdout } = await run(bin(runtime), [join(folder, 'program.ts')])
      assert.deepEqual(JSON.parse(stdout), [
        ['monday'],
        'miss',
        'hitrate; fwd=uri-miss; ttl=N; stored',
        'hitrate; hit; ttl=N',
        204,
        'hitrate; fwd=uri-miss; ttl=N; stored',
        'cache_hits_total 1',
      ])
    }
  })

  it('promises a Worker bundle, which builds without an account', { timeout: 120_000 }, async () => {
    const { stdout } = await run('npm', ['run', 'build:worker'], { cwd: root })
    assert.match(stdout, /Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/)
  })
})

/** The contents of all fenced blocks of a language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  )
}

function section(title: string): string {
  const [, text = ''] = readme.split(`\n## ${title}\n`)
  return text.split('\n## ')[0] ?? ''
}

/** Without what differs from run to run: dates, durations, and sizes that hold a date. */
function steady(output: string): string {
  return output
    .replaceAll('\r', '')
    .trimEnd()
    .replace(/^Date: .+ GMT$/gm, 'Date: D')
    .replace(/ttl=\d+/g, 'ttl=N')
    .replace(/^Age: \d+$/gm, 'Age: N')
    .replace(/"uptime_seconds":\d+/, '"uptime_seconds":N')
    .replace(/^cache_avg_latency_us [\d.]+$/m, 'cache_avg_latency_us N')
}
