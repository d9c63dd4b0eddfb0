/** The examples of docs/ are programs: each type-checks, and prints on Node and on Bun what stands below it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { bin, root } from './runtimes/running-service.ts'

const run = promisify(execFile)

for (const page of globSync('docs/*.md', { cwd: root }).sort()) {
  const text = await readFile(join(root, page), 'utf8')
  const examples = [...text.matchAll(/^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)].map(
    ([, source = '', prints = '']) => ({ source, prints: prints.trimEnd() }),
  )

  describe(page, () => {
    let folder: string
    const fileOf = (i: number) => join(folder, `${basename(page, '.md')}-${i + 1}.ts`)

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hitrate-docs-'))
      await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')
      for (const [i, { source }] of examples.entries()) await writeFile(fileOf(i), fromSources(source))
    })
    after(() => rm(folder, { recursive: true, force: true }))

    it('has no example without what it prints', () => {
      assert.ok(examples.length > 0)
      assert.equal(text.match(/^```ts$/gm)?.length, examples.length)
    })

    it('links to what is there', async () => {
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? join(root, page) : join(root, 'docs', path)
        assert.ok(existsSync(file), target)
        if (anchor !== undefined) assert.ok(anchorsOf(await readFile(file, 'utf8')).includes(anchor), target)
      }
    })

    it('type-checks', async () => {
      const tsconfig = {
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { rewriteRelativeImportExtensions: false }, // the sources are imported by a whole path
        include: ['*.ts'],
      }
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
      await run(bin('tsc'), ['--project', folder]).catch(({ stdout }: { stdout: string }) =>
        assert.fail(stdout),
      )
    })

    for (const [i, { prints }] of examples.entries()) {
      for (const runtime of ['node', 'bun']) {
        it(`prints what it says, example ${i + 1} on ${runtime}`, { timeout: 20_000 }, async () => {
          const { stdout } = await run(bin(runtime), [fileOf(i)])
          assert.equal(stdout.trimEnd(), prints)
        })
      }
    }
  })
}

describe('docs/http.md', () => {
  it('has a line for every option of cached(), and none for another', async () => {
    const source = await readFile(join(root, 'src/http/cached/options.ts'), 'utf8')
    const [, members = ''] = /^export interface CachedOptions \{\n([\s\S]*?)^\}/m.exec(source) ?? []
    const [, section = ''] = (await readFile(join(root, 'docs/http.md'), 'utf8')).split('## All options\n')
    const [table = ''] = section.split('\n## ')
    const namesIn = (text: string, line: RegExp) => [...text.matchAll(line)].map(([, name]) => name).sort()
    assert.deepEqual(namesIn(table, /^\| `(\w+)` \|/gm), namesIn(members, /^ {2}(\w+)\??:/gm))
  })
})

/** What the headings of a page can be linked by. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** The example with our sources in place of the package. */
function fromSources(source: string): string {
  return source.replace(
    /from 'hitrate(?:\/([\w/-]+))?'/g,
    (_, entry = 'index') => `from '${join(root, 'src/exports', entry)}.ts'`,
  )
}
