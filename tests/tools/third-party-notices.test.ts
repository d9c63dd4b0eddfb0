import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { thirdPartyNotices } from '../../tools/third-party-notices.ts'

describe('the licences of bundled packages', () => {
  const root = mkdtempSync(join(tmpdir(), 'hitrate-notices-'))
  after(() => rmSync(root, { recursive: true }))

  function addPackage(name: string, license?: string): void {
    const folder = join(root, 'node_modules', name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', license: 'MIT' }))
    if (license !== undefined) writeFileSync(join(folder, 'LICENSE.md'), license)
  }

  it('each package has one notice, sorted by name', () => {
    addPackage('b', 'The licence of b.\n')
    addPackage('@a/a', 'The licence of a.')
    const files = ['src/main.ts', 'node_modules/b/x.js', 'node_modules/b/lib/y.js', 'node_modules/@a/a/z.js']
    const text = thirdPartyNotices(files, root)
    assert.deepEqual(text.match(/^.* \(MIT\)$/gm), ['@a/a 1.0.0 (MIT)', 'b 1.0.0 (MIT)'])
    assert.match(text, /^The licence of a\.$/m)
  })

  it('a package without a licence is an error', () => {
    addPackage('c')
    assert.throws(() => thirdPartyNotices(['node_modules/c/x.js'], root), /^Error: c has no licence file in /)
  })
})
