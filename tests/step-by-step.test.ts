/** The tour in docs/step-by-step/ shows the programs of examples/step-by-step/, and the figures that they print. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { bin, root } from './runtimes/running-service.ts'
import { startRedis } from './servers/redis-server.ts'
import { skipUnless } from './support/installed.ts'

const run = promisify(execFile)
const steps = globSync('examples/step-by-step/[0-9]-*.ts', { cwd: root })
  .map((path) => basename(path, '.ts'))
  .sort()
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hitrate-steps-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  for (const path of globSync('examples/step-by-step/*.ts', { cwd: root })) {
    await writeFile(join(folder, basename(path)), fromSources(readFileSync(join(root, path), 'utf8')))
  }
})
after(() => rm(folder, { recursive: true, force: true }))

describe('docs/step-by-step', () => {
  it('has eight pages, and a program for each', () => {
    const pages = globSync('docs/step-by-step/[0-9]-*.md', { cwd: root }).map((path) => basename(path, '.md'))
    assert.equal(steps.length, 8)
    assert.deepEqual(pages.sort(), steps)
  })

  it('shows the figures of each page in one table', () => {
    const table = readFileSync(join(root, 'docs/step-by-step/README.md'), 'utf8')
    const rows = [...table.matchAll(/^\| \d\. .*\| (.+) \|$/gm)].map(([row]) =>
      row.split('|').slice(2, 7).join(' '),
    )
    const shown = steps.flatMap((step) =>
      shownOutput(step)
        .split(/^requests .*$/m)
        .slice(1)
        .map(figuresOf),
    )
    assert.deepEqual(
      rows.map((row) => row.trim().split(/\s+/)),
      shown,
    )
  })

  for (const step of steps) {
    it(`shows examples/step-by-step/${step}.ts`, () => {
      const program = readFileSync(join(root, `examples/step-by-step/${step}.ts`), 'utf8')
      const [comment = '', code] = program.split(/(?<=\*\/\n)/)
      assert.equal(pageOf(step).match(/^```(?:ts|js)\n(import [\s\S]*?)^```$/m)?.[1], code)
      assert.ok(comment.includes(`docs/step-by-step/${step}.md`), comment)
    })
  }
})

for (const runtime of ['node', 'bun']) {
  describe(`examples/step-by-step on ${runtime}`, { concurrency: true }, () => {
    // The other steps run as examples of their pages.
    for (const step of ['1-no-cache', '8-metrics']) {
      it(`${step}.ts prints the figures of its page in real time`, { timeout: 60_000 }, async () => {
        const { stdout } = await run(bin(runtime), [join(folder, `${step}.ts`)])
        assert.equal(stdout, shownOutput(step))
      })
    }

    it('6-redis.ts prints the figures of its page', {
      skip: skipUnless('redis-server'),
      timeout: 60_000,
    }, async (t) => {
      const redis = await startRedis()
      t.after(() => redis.end())
      const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${redis.port}` }
      const { stdout } = await run(bin(runtime), [join(folder, '6-redis.ts')], { env })
      assert.equal(stdout, shownOutput('6-redis'))
    })
  })
}

function pageOf(step: string): string {
  return readFileSync(join(root, `docs/step-by-step/${step}.md`), 'utf8')
}

function shownOutput(step: string): string {
  return /^```text\n((?:Two servers|requests)[\s\S]*?)^```$/m.exec(pageOf(step))?.[1] ?? ''
}

/** Queries, waits, 304s, bytes and old prices of an output. */
function figuresOf(output: string): string[] {
  return [...output.matchAll(/^[a-z][a-z0-9 ]* {2,}([\d,]+)$/gm)].map(([, figure = '']) => figure)
}

/** The program with our sources in place of the package. */
function fromSources(source: string): string {
  return source.replace(
    /from 'hitrate(?:\/([\w/-]+))?'/g,
    (_, entry = 'index') => `from '${join(root, 'src/exports', entry)}.ts'`,
  )
}
