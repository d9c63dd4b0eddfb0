/** The packed package without an install: linters of packages accept it, and its documents have no dead links. */
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, it } from 'node:test'
import { relativeLinks } from '../tools/package-document.ts'
import { packPackage, run } from './support/packed-package.ts'
import { toolFile } from './support/tools.ts'

const root = join(import.meta.dirname, '..')

describe('the packed package', () => {
  const temp = mkdtempSync(join(tmpdir(), 'hitrate-package-lint-'))
  after(() => rmSync(temp, { recursive: true, force: true }))

  let tarball: string
  before(async () => {
    tarball = await packPackage(temp)
  })

  it('passes publint', async () => {
    await run(temp, process.execPath, toolFile('publint/src/cli.js'), 'run', '--strict', tarball)
  })

  it('has types that resolve as its modules do (attw)', async () => {
    // The package is ESM only on purpose: the supported versions of Node can require() ES modules, and a second build would be
    // a second set of classes and caches. The profile leaves out the rules for CommonJS and for Node 10.
    const flags = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii']
    await run(temp, process.execPath, toolFile('@arethetypeswrong/cli/dist/index.js'), ...flags, tarball)
  })

  for (const document of ['README.md', 'CHANGELOG.md']) {
    it(`has no relative links in ${document}, which would be dead on the npm page`, () => {
      assert.deepEqual(relativeLinks(readFileSync(join(temp, 'dist', document), 'utf8')), [])
    })
  }
})

describe('a document in the root', () => {
  for (const document of globSync('*.md', { cwd: root })) {
    it(`links only to what the repository has: ${document}`, () => {
      const links = relativeLinks(readFileSync(join(root, document), 'utf8'))
      const isDead = (path: string) => !existsSync(join(root, path))
      assert.deepEqual(links.filter(isDead), [])
    })
  }
})
