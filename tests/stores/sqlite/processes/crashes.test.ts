/** Processes that share a file, and end in the middle of their operations. */
import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { createDice } from '../../../support/interleavings/dice.ts'
import { readOne, until } from '../../contract/namespaces.ts'
import { SqliteFiles } from '../sqlite-files.ts'
import { SqliteProcess } from './sqlite-process.ts'

const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const RUNTIMES = ['node', 'bun'] as const

describe(`processes with a SQLite store, from seed ${SEED}`, { timeout: 120_000 }, () => {
  const files = new SqliteFiles()
  const processes: SqliteProcess[] = []
  afterEach(async () => {
    for (const each of processes.splice(0)) await each.kill()
    await files.close()
  })
  after(() => files.remove())

  function start(path: string, count: number): Promise<SqliteProcess[]> {
    return Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const started = await SqliteProcess.start(path, { runtime: RUNTIMES[i % 2] ?? 'node' })
        processes.push(started)
        return started
      }),
    )
  }

  it('processes that open a missing file at the same time use the same one', async () => {
    for (let round = 0; round < 3; round++) {
      const path = files.newPath()
      const all = await start(path, 4)
      await Promise.all(all.map((each, i) => each.call('fill', `key-${i}`, i)))
      for (const each of all) {
        for (const i of all.keys()) assert.equal(await each.call('read', `key-${i}`), i)
      }
      for (const each of all) await each.end()
    }
  })

  it('a process that is killed in a transaction leaves a whole file without invalidated values', async () => {
    const dice = createDice(SEED)
    const path = files.newPath()
    for (let round = 0; round < 8; round++) {
      const [killed] = await start(path, 1)
      assert.ok(killed)
      void killed.call('churn', 'key-').catch(() => {}) // it is killed
      await until(() => killed.gone > 0)
      const end = killed.gone + dice.upTo(60)
      await until(() => killed.gone >= end)
      await killed.kill()

      const namespace = files.open(path)
      for (let i = 0; i < 5; i++) {
        const answer = await readOne(namespace, `key-${i}`, { lease: false })
        if (answer.kind !== 'value') continue
        const { buffer, byteOffset } = answer.bytes
        const number = new DataView(buffer, byteOffset).getUint32(0)
        assert.ok(number > killed.gone, `${number} was invalidated, up to ${killed.gone}`)
      }
      assert.equal(files.valueOf(path, 'PRAGMA integrity_check'), 'ok')
      await namespace.clear()
      await files.close()
    }
  })

  it('a process that is killed leaves no lock', async () => {
    const path = files.newPath()
    const [killed, other] = await start(path, 2)
    assert.ok(killed && other)
    void killed.call('churn', 'key-').catch(() => {}) // it is killed
    await until(() => killed.gone > 10)
    await killed.kill()
    await other.call('fill', 'key', 1)
    assert.equal(await other.call('read', 'key'), 1)
  })

  it('processes that write at the same time all succeed', async () => {
    const path = files.newPath()
    const all = await start(path, 4)
    const failures: unknown[] = []
    for (const [i, each] of all.entries()) {
      void each.call('churn', `key-${i}-`).catch((error) => failures.push(error))
    }
    await until(() => all.every(({ gone }) => gone > 300) || failures.length > 0)
    assert.deepEqual(failures, [])
  })
})
