/** A file that a process cannot write: the disk is full, or the file belongs to another user. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync } from 'node:fs'
import process from 'node:process'
import { after, afterEach, describe, it } from 'node:test'
import { fill, storedBytes, until } from '../../contract/namespaces.ts'
import { SqliteFiles } from '../sqlite-files.ts'
import { SqliteProcess, type SqliteProcessOptions } from './sqlite-process.ts'

const NOBODY = 65534
const TIMEOUT = { timeout: 60_000 }

describe('a SQLite file that a process cannot write', () => {
  const files = new SqliteFiles()
  const processes: SqliteProcess[] = []
  afterEach(async () => {
    for (const each of processes.splice(0)) await each.kill()
    await files.close()
  })
  after(() => files.remove())

  async function start(path: string, options: SqliteProcessOptions): Promise<SqliteProcess> {
    const started = await SqliteProcess.start(path, options)
    processes.push(started)
    return started
  }

  for (const runtime of ['node', 'bun'] as const) {
    it(
      `a full disk leaves hits, refuses leases, and invalidates everything, on ${runtime}`,
      TIMEOUT,
      async () => {
        const path = files.newPath()
        const other = files.open(path)
        const full = await start(path, { runtime, maxFileKib: 2048 })
        await full.call('fill', 'key', 7)
        assert.ok((await full.call('fillUntilFull')) > 5)
        assert.equal(await full.call('read', 'key'), 7)
        assert.equal(await full.call('kindOf', 'absent'), 'refused')
        assert.deepEqual(await storedBytes(other, 'key'), Uint8Array.of(7))

        await full.call('invalidate', 'key')
        assert.equal(await storedBytes(other, 'key'), undefined)
        assert.equal(await full.call('read', 'filler-0'), 'absent')
        await full.call('fill', 'key', 8)
        assert.deepEqual(await storedBytes(other, 'key'), Uint8Array.of(8))
      },
    )
  }

  it('a full disk costs subscribers no invalidation', TIMEOUT, async () => {
    const path = files.newPath()
    const connections: boolean[] = []
    const close = files.open(path).subscribe?.({
      onAnnouncement() {},
      onWake() {},
      onConnection: (isConnected) => connections.push(isConnected),
    })
    await until(() => connections.length === 1)
    const full = await start(path, { maxFileKib: 2048 })
    await full.call('fillUntilFull')
    await full.call('invalidate', 'key')
    await until(() => connections.length === 3)
    assert.deepEqual(connections, [true, false, true])
    await close?.()
  })

  const skip = process.getuid?.() !== 0 && 'only root can start a process of another user'

  it('a file of another user is read, with the invalidations of its owner', {
    ...TIMEOUT,
    skip,
  }, async () => {
    const path = files.newPath()
    const owner = files.open(path)
    await fill(owner, 'key', Uint8Array.of(7))
    chmodSync(files.folder, 0o755)
    for (const end of ['', '-wal', '-shm', '-lock']) chmodSync(`${path}${end}`, 0o644)
    const reader = await start(path, { uid: NOBODY })
    assert.equal(await reader.call('read', 'key'), 7)
    assert.equal(await reader.call('kindOf', 'absent'), 'refused')
    await assert.rejects(reader.call('invalidate', 'key'), /could not invalidate/)
    assert.equal(await reader.call('read', 'key'), 7)
    await owner.invalidate({ keys: ['key'] })
    assert.equal(await reader.call('read', 'key'), 'absent')
    await fill(owner, 'key', Uint8Array.of(8))
    assert.equal(await reader.call('read', 'key'), 8)
  })

  it('a file of another user is used as soon as the user may write it', { ...TIMEOUT, skip }, async () => {
    const path = files.newPath()
    await fill(files.open(path), 'key', Uint8Array.of(7))
    chmodSync(files.folder, 0o755)
    const reader = await start(path, { uid: NOBODY })
    await assert.rejects(reader.call('read', 'key'), /could not read/)
    chmodSync(files.folder, 0o777)
    for (const end of ['', '-wal', '-shm', '-lock']) chmodSync(`${path}${end}`, 0o666)
    await until(async () => (await reader.call('kindOf', 'other').catch(() => '')) === 'lease')
    assert.equal(await reader.call('read', 'key'), 7)
    await reader.call('invalidate', 'key')
    assert.equal(await storedBytes(files.open(path), 'key'), undefined)
  })

  it('a folder of another user rejects every operation', { ...TIMEOUT, skip }, async () => {
    const path = files.newPath()
    chmodSync(files.folder, 0o700)
    const reader = await start(path, { uid: NOBODY })
    await assert.rejects(reader.call('read', 'key'), /could not read/)
    await assert.rejects(reader.call('invalidate', 'key'), /could not invalidate/)
    chmodSync(files.folder, 0o755)
    await assert.rejects(reader.call('read', 'key'), /could not read/)
    assert.equal(existsSync(path), false)
  })
})
