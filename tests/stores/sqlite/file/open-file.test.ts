/** Which files are used, which are replaced, and which are left alone. */
import assert from 'node:assert/strict'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, describe, it } from 'node:test'
import { bootId } from '../../../../src/stores/sqlite/file/boot-id.ts'
import { openFile } from '../../../../src/stores/sqlite/file/open-file.ts'
import { StoreError } from '../../../../src/stores/store.ts'
import { fill, storedBytes } from '../../contract/namespaces.ts'
import { SqliteFiles } from '../sqlite-files.ts'

const BYTES = Uint8Array.of(1)

const opening = { Driver: DatabaseSync, boot: bootId(), unusable: undefined }

describe('the file of a SQLite store', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  /** Returns the path of a file with a value, which nothing uses. */
  async function filled(): Promise<string> {
    const path = files.newPath()
    await fill(files.open(path), 'key', BYTES)
    await files.close()
    return path
  }

  async function assertKept(path: string): Promise<void> {
    assert.deepEqual(await storedBytes(files.open(path), 'key'), BYTES)
  }

  /** Expects that no value is left, and that the new file works. */
  async function assertReplaced(path: string): Promise<void> {
    const namespace = files.open(path)
    assert.equal(await storedBytes(namespace, 'key'), undefined)
    await fill(namespace, 'key', BYTES)
    assert.deepEqual(await storedBytes(files.open(path), 'key'), BYTES)
  }

  async function assertLeftAlone(path: string, message: RegExp): Promise<void> {
    const before = readFileSync(path)
    await assert.rejects(storedBytes(files.open(path), 'key'), (error) => {
      assert.ok(error instanceof StoreError)
      assert.match(String(error.cause), message)
      return true
    })
    await files.close()
    assert.deepEqual(readFileSync(path), before)
    assert.equal(existsSync(`${path}-wal`), false)
  }

  it('a file outlives its processes', async () => {
    await assertKept(await filled())
  })

  it('a missing file is created with its folder', async () => {
    const path = join(files.folder, 'a/b/c.db')
    await fill(files.open(path), 'key', BYTES)
    assert.ok(statSync(path).size > 0)
  })

  it('an empty file is used', async () => {
    const path = files.newPath()
    writeFileSync(path, '')
    await fill(files.open(path), 'key', BYTES)
  })

  it('a file from before the start of the machine is replaced', async () => {
    const path = await filled()
    files.connect(path).exec("UPDATE facts SET value = 'another' WHERE name = 'boot'")
    await files.close()
    await assertReplaced(path)
  })

  it('a file of an older version is replaced, also while it is in use', async () => {
    const path = await filled()
    const older = files.connect(path)
    older.exec('PRAGMA user_version = 0')
    await assertReplaced(path)
  })

  it('a file of a newer version is replaced when nothing uses it', async () => {
    const path = await filled()
    const newer = files.connect(path)
    newer.exec('PRAGMA user_version = 1000')
    const store = files.open(path)
    await assert.rejects(storedBytes(store, 'key'), (error) => {
      assert.match(String(error instanceof StoreError && error.cause), /in use by a newer version/)
      return true
    })
    newer.close()
    assert.equal(await storedBytes(store, 'key'), undefined)
    await assertReplaced(path)
  })

  it('a copy of a file is replaced, because it lacks later invalidations', async () => {
    const path = await filled()
    copyFileSync(path, `${path}-copy`)
    rmSync(path)
    copyFileSync(`${path}-copy`, path)
    await assertReplaced(path)
  })

  it('a copy of a file with its lock is replaced', async () => {
    const path = await filled()
    const folder = `${path}-folder`
    mkdirSync(folder)
    for (const end of ['', '-lock']) cpSync(`${path}${end}`, join(folder, `copy.db${end}`))
    await assertReplaced(join(folder, 'copy.db'))
  })

  it('a file that is moved back after another one was used is replaced', async () => {
    const path = await filled()
    renameSync(path, `${path}-away`)
    await files.open(path).invalidate({ keys: ['key'] })
    await files.close()
    renameSync(`${path}-away`, path)
    await assertReplaced(path)
  })

  it('a file without its lock is replaced', async () => {
    const path = await filled()
    rmSync(`${path}-lock`)
    await assertReplaced(path)
  })

  it('a truncated file is replaced', async () => {
    for (const bytes of [100 + 4096, 4096 * 3]) {
      const path = await filled()
      truncateSync(path, bytes)
      await assertReplaced(path)
    }
  })

  it('a file whose pages are damaged is replaced', async () => {
    const path = await filled()
    const content = readFileSync(path)
    content.fill(0xff, 4096)
    writeFileSync(path, content)
    await assertReplaced(path)
  })

  it('a file whose log was removed is kept if nothing uses it', async () => {
    const path = await filled()
    assert.equal(existsSync(`${path}-wal`), false)
    await assertKept(path)
  })

  it('a file whose log was removed while it is used is replaced, and its users see it', async () => {
    for (const ends of [['-wal', '-shm'], ['-wal'], ['-shm']]) {
      const path = files.newPath()
      const user = files.open(path)
      await fill(user, 'key', BYTES)
      for (const end of ends) rmSync(`${path}${end}`)
      await assertReplaced(path)
      await files.open(path).invalidate({ keys: ['key'] })
      assert.equal(await storedBytes(user, 'key'), undefined)
    }
  })

  it('an opening that waits for the users of a file without its log leaves them no other log', async () => {
    for (const ends of [['-wal', '-shm'], ['-wal'], ['-shm']]) {
      const path = files.newPath()
      const user = files.connect(path)
      await fill(files.open(path), 'key', BYTES)
      for (const end of ends) rmSync(`${path}${end}`)
      assert.throws(() => openFile({ ...opening, path, waitsForUsers: true }), /is being closed/)
      for (const end of ends) assert.equal(existsSync(`${path}${end}`), false)
      user.close()
    }
  })

  it('a file whose log another program made anew while it is used is replaced, and its users see it', async () => {
    for (const end of ['stays', 'ends'] as const) {
      const path = files.newPath()
      const user = files.open(path)
      await fill(user, 'key', BYTES)
      for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`)
      const program = files.connect(path)
      program.exec('CREATE TABLE notes (text)')
      if (end === 'ends') program.close()
      const other = files.open(path)
      assert.equal(await storedBytes(other, 'key'), undefined)
      await fill(user, 'key', BYTES)
      await other.invalidate({ keys: ['key'] })
      assert.equal(await storedBytes(user, 'key'), undefined)
    }
  })

  it('a log without its file is not used', async () => {
    const path = files.newPath()
    const first = files.open(path)
    await fill(first, 'key', BYTES)
    const log = readFileSync(`${path}-wal`)
    await files.close()
    rmSync(path)
    writeFileSync(`${path}-wal`, log)
    await assertReplaced(path)
  })

  it('a database of another program is left alone', async () => {
    const path = files.newPath()
    files.connect(path).exec('CREATE TABLE users (id)')
    await files.close()
    await assertLeftAlone(path, /is a database of another program/)
    files.connect(path).exec('PRAGMA application_id = 77')
    await files.close()
    await assertLeftAlone(path, /is a database of another program/)
  })

  it('a file that is no database is left alone, and the store works when it is gone', async () => {
    const path = files.newPath()
    writeFileSync(path, 'text of somebody\n'.repeat(1000))
    await assertLeftAlone(path, / is no database of hitrate/)
    const namespace = files.open(path)
    await assert.rejects(storedBytes(namespace, 'key'), StoreError)
    rmSync(path)
    await fill(namespace, 'key', BYTES)
  })

  it('a lock that belongs to another program is left alone', async () => {
    const path = files.newPath()
    files.connect(`${path}-lock`).exec('PRAGMA application_id = 77')
    await files.close()
    await assert.rejects(storedBytes(files.open(path), 'key'), StoreError)
    assert.equal(existsSync(path), false)
  })

  it('a link leads to the same file as its target', async () => {
    const path = await filled()
    const link = files.newPath()
    symlinkSync(path, link)
    const [direct, linked] = [files.open(path), files.open(link)]
    assert.deepEqual(await storedBytes(linked, 'key'), BYTES)
    await direct.invalidate({ keys: ['key'] })
    assert.equal(await storedBytes(linked, 'key'), undefined)
    assert.equal(existsSync(`${link}-lock`), false)
  })
})
