/** The bound of the table of tags. */
import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { fill, leaseOf, storedBytes, storeWith } from '../../contract/namespaces.ts'
import { SqliteFiles } from '../sqlite-files.ts'

const BYTES = Uint8Array.of(1)
const MAX_TAGS = 100_000

describe('the tags in a SQLite file', { timeout: 60_000 }, () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  it('tags above the bound are removed, the oldest first, with the values that they may concern', async () => {
    const path = files.newPath()
    const namespace = files.open(path)
    await fill(namespace, 'old', BYTES, { tags: ['red'] })
    const load = await leaseOf(namespace, 'loading')
    await namespace.invalidate({ tags: ['first'] })
    await fill(namespace, 'middle', BYTES, { tags: ['red'] })
    const numbers = Array.from({ length: MAX_TAGS }, (_, i) => i)
    await namespace.invalidate({ tags: numbers.slice(0, MAX_TAGS - 100).map((i) => `tag-${i}`) })
    await fill(namespace, 'new', BYTES, { tags: ['blue'] })
    assert.deepEqual(await storedBytes(namespace, 'old'), BYTES)

    await namespace.invalidate({ tags: numbers.slice(-100).map((i) => `tag-${i}`) })
    assert.ok(Number(files.valueOf(path, 'SELECT count(*) FROM tags')) <= MAX_TAGS)
    assert.equal(files.valueOf(path, "SELECT count(*) FROM tags WHERE name = 'first'"), 0)
    assert.equal(await storedBytes(namespace, 'old'), undefined)
    assert.equal(await storeWith(namespace, 'loading', load, BYTES), 'lost')
    assert.deepEqual(await storedBytes(namespace, 'new'), BYTES)
  })

  it('tags leave most of a small file to values', async () => {
    const path = files.newPath()
    const namespace = files.open(path, { maxBytes: 2 ** 20 })
    for (let i = 0; i < 100; i++) {
      const tags = Array.from({ length: 100 }, (_, j) => `${i}-${j}`.padEnd(200, '.'))
      await namespace.invalidate({ tags })
    }
    assert.ok(Number(files.valueOf(path, 'SELECT count(*) FROM tags')) <= 512)
    for (let i = 0; i < 100; i++) await fill(namespace, `key-${i}`, BYTES)
    assert.equal(files.valueOf(path, 'SELECT count(*) FROM entries'), 100)
  })

  it('a tag that is invalidated again and again is one row', async () => {
    const path = files.newPath()
    const namespace = files.open(path)
    for (let i = 0; i < 10; i++) await namespace.invalidate({ tags: ['red', 'blue'] })
    await namespace.expire({ tags: ['red'] }, 1000)
    assert.equal(files.valueOf(path, 'SELECT count(*) FROM tags'), 2)
    assert.equal(files.valueOf(path, 'SELECT tags FROM namespaces'), 2)
  })
})
