import assert from 'node:assert/strict'
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

import { describe, it, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isSameFile } from '../../../src/service/startup/same-file.ts'

function folderFor(test: Pick<TestContext, 'after'>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hitrate-same-')))
  test.after(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('isSameFile', () => {
  it('isSameFile is true for other spellings of a path, whether the file exists or not', (t) => {
    const folder = folderFor(t)
    const file = join(folder, 'users.sqlite')
    for (const isThere of [false, true]) {
      if (isThere) writeFileSync(file, '')
      for (const spelling of [
        `${folder}/./users.sqlite`,
        `${folder}//users.sqlite`,
        `${folder}/other/../users.sqlite`,
        relative(process.cwd(), file),
        `file:${file}`,
        `file:${file}?mode=rw`,
        `${pathToFileURL(file)}#x`,
        `file:${file.replace('users', 'u%73ers')}`,
      ]) {
        assert.equal(isSameFile(spelling, file), true, spelling)
        assert.equal(isSameFile(file, spelling), true, spelling)
      }
    }
  })

  it('isSameFile is true for a path through a link to the folder, whether the file exists or not', (t) => {
    const folder = folderFor(t)
    mkdirSync(join(folder, 'data'))
    symlinkSync(join(folder, 'data'), join(folder, 'link'))
    const [path, linked] = [join(folder, 'data/users.sqlite'), join(folder, 'link/users.sqlite')]
    assert.equal(isSameFile(path, linked), true)
    writeFileSync(path, '')
    assert.equal(isSameFile(path, linked), true)
  })

  it('isSameFile is true for links to the file', (t) => {
    const folder = folderFor(t)
    const file = join(folder, 'users.sqlite')
    writeFileSync(file, '')
    symlinkSync(file, join(folder, 'link'))
    linkSync(file, join(folder, 'hard-link'))
    for (const name of ['link', 'hard-link']) assert.equal(isSameFile(file, join(folder, name)), true, name)
  })

  it('isSameFile is true for a path that leaves the target of a link', (t) => {
    const folder = folderFor(t)
    mkdirSync(join(folder, 'data/inner'), { recursive: true })
    writeFileSync(join(folder, 'data/users.sqlite'), '')
    symlinkSync(join(folder, 'data/inner'), join(folder, 'link'))
    assert.equal(isSameFile(`${folder}/link/../users.sqlite`, join(folder, 'data/users.sqlite')), true)
  })

  it('isSameFile is true for a file beside the database', () => {
    for (const ending of ['-wal', '-shm', '-journal', '-lock']) {
      assert.equal(isSameFile(`/data/users.sqlite${ending}`, '/data/users.sqlite'), true)
      assert.equal(isSameFile('/data/users.sqlite', `/data/../data/users.sqlite${ending}`), true)
    }
  })

  it('isSameFile is false for different files, whether they exist or not', (t) => {
    const folder = folderFor(t)
    const [one = '', two = ''] = ['users.sqlite', 'cache.sqlite'].map((name) => join(folder, name))
    assert.equal(isSameFile(one, two), false)
    writeFileSync(one, '')
    assert.equal(isSameFile(one, two), false)
    writeFileSync(two, '')
    assert.equal(isSameFile(one, two), false)
    assert.equal(isSameFile('/data/users.sqlite', '/data/wal/users.sqlite'), false)
  })
})
