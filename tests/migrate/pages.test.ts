/** The js examples of the migration pages: programs with packages from tools/, which print the text below them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { root } from '../runtimes/running-service.ts'
import { skipUnlessTool } from '../support/tools.ts'

const run = promisify(execFile)
const skip = skipUnlessTool('@hono/prometheus') || skipUnlessTool('prom-client')

describe('the js examples of the migration pages', { skip }, () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-migrate-'))
    const modules = join(folder, 'node_modules')
    await mkdir(join(modules, '@hono'), { recursive: true })
    for (const name of ['prom-client', '@hono/prometheus']) {
      await symlink(join(root, 'tools/node_modules', name), join(modules, name))
    }
    await symlink(join(root, 'node_modules/hono'), join(modules, 'hono'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const page of ['prom-client', 'hono-prometheus']) {
    const text = readFileSync(join(root, `docs/migrate/${page}.md`), 'utf8')
    const examples = [...text.matchAll(/^```js\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)]

    it(`${page}.md shows below each js block what it prints`, () => {
      assert.ok(examples.length > 0)
      assert.equal(text.match(/^```js$/gm)?.length, examples.length)
    })

    for (const [i, [, source = '', prints]] of examples.entries()) {
      it(`${page}.md, js example ${i + 1}, prints the text below it`, async () => {
        const file = join(folder, `${page}-${i + 1}.mjs`)
        const fromSources = source.replace(
          /from 'hitrate(?:\/([\w/-]+))?'/g,
          (_, entry = 'index') => `from '${join(root, 'src/exports', entry)}.ts'`,
        )
        await writeFile(file, fromSources)
        const { stdout } = await run(process.execPath, [file], { timeout: 20_000 })
        assert.equal(stdout, prints)
      })
    }
  }
})
