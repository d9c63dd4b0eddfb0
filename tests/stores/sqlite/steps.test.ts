/** Changes of many keys and tags. */
import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { openStore } from '../../../src/stores/sqlite/sqlite-store.ts'
import { timingOf } from '../../../src/stores/sqlite/timing/timing.ts'
import { fill, readOne, storedBytes } from '../contract/namespaces.ts'
import { SqliteFiles } from './sqlite-files.ts'

describe('a change of many keys in a SQLite store', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  /** Opens a store in which each step takes a millisecond, and counts its turns. */
  function openSlow(path: string) {
    const timing = timingOf()
    let time = 0
    const slow = {
      ...timing,
      turns: 0,
      timer: () => ++time,
      turn() {
        slow.turns++
        return timing.turn()
      },
    }
    const store = files.closeLater(openStore({ path, maxBytes: 2 ** 30, pollMs: 20, timing: slow }))
    return { slow, namespace: store.open({ namespace: 'test', leaseMs: 60_000 }) }
  }

  const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`)

  it('an invalidation of many keys lets other work run in between, and has its message at the end', async () => {
    const path = files.newPath()
    const { slow, namespace } = openSlow(path)
    for (const key of keys) await fill(namespace, key)
    await namespace.announce?.('before')
    slow.turns = 0
    const invalidated = namespace.invalidate({ keys, tags: ['red'] }, 'invalidated')
    assert.equal(files.valueOf(path, 'SELECT max(id) FROM messages'), 1)
    assert.ok(Number(files.valueOf(path, 'SELECT count(*) FROM entries')) > 10)
    await invalidated
    assert.ok(slow.turns > 5, `${slow.turns} turns`)
    assert.equal(files.valueOf(path, 'SELECT count(*) FROM entries'), 0)
    assert.equal(files.valueOf(path, 'SELECT text FROM messages WHERE id = 2'), 'invalidated')
  })

  it('an expiry of many keys lets other work run in between', async () => {
    const { slow, namespace } = openSlow(files.newPath())
    for (const key of keys) await fill(namespace, key)
    slow.turns = 0
    await namespace.expire({ keys }, 1234)
    assert.ok(slow.turns > 5, `${slow.turns} turns`)
    for (const key of keys) {
      const answer = await readOne(namespace, key, { lease: false })
      assert.ok(answer.kind === 'value' && answer.expiredAt === 1234)
    }
  })

  it('an invalidation of many tags ends the values of each', async () => {
    const { namespace } = openSlow(files.newPath())
    const tags = Array.from({ length: 450 }, (_, i) => `tag-${i}`)
    for (const i of [0, 99, 100, 449])
      await fill(namespace, `key-${i}`, Uint8Array.of(1), { tags: [`tag-${i}`] })
    await fill(namespace, 'other', Uint8Array.of(1), { tags: ['tag-450'] })
    await namespace.invalidate({ tags })
    for (const i of [0, 99, 100, 449]) assert.equal(await storedBytes(namespace, `key-${i}`), undefined)
    assert.deepEqual(await storedBytes(namespace, 'other'), Uint8Array.of(1))
  })
})
