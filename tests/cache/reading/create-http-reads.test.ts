/** Keys of HTTP responses and keys of data, in one cache. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import { httpReadsOf, loadedWithReport } from '../../../src/cache/http-reads.ts'
import { jsonCodec } from '../../../src/cache/values/json-codec.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { flush, testCache } from '../../support/test-cache.ts'

const KEYS = ['http://localhost/a', 'a', '\nha', '\nd']

/** Reads a response with its key, and returns the value and the outcome. */
async function readResponse(cache: Cache, key: string, value: string): Promise<unknown[]> {
  const reads = httpReadsOf('test', cache)
  const result = await reads.complete(reads.find<string>(key), () => value, {})
  return result.ok ? [result.read.value, result.read.outcome] : [result.error]
}

async function readData(cache: Cache, key: string, value: string): Promise<unknown[]> {
  const read = await cache.read(key, () => value)
  return [read.value, read.outcome]
}

/** The values of these tests are texts. */
const codec = jsonCodec

describe('isStored', () => {
  it('is true for a fresh or stale value in memory, and counts no read', async () => {
    const { cache, advance, transcript } = testCache()
    const reads = httpReadsOf('test', cache)
    await reads.write('a', 'page', { ttlMs: 1000, staleIfErrorMs: 1000, tags: ['t'] })
    transcript()
    assert.deepEqual(
      [
        await reads.isStored(['a'], codec),
        await reads.isStored(['b', 'a'], codec),
        await reads.isStored(['b'], codec),
      ],
      [true, true, false],
    )
    advance(1500)
    assert.equal(await reads.isStored(['a'], codec), true)
    advance(500)
    assert.equal(await reads.isStored(['a'], codec), false)
    await reads.write('a', 'page', { tags: ['t'] })
    await cache.invalidateTags(['t'])
    assert.equal(await reads.isStored(['a'], codec), false)
    assert.deepEqual(
      transcript().filter((line) => line.includes('read')),
      [],
    )
  })

  it('is false for data, for a running load, and in a disabled cache', async () => {
    const { cache } = testCache()
    const reads = httpReadsOf('test', cache)
    await cache.write('a', 'data')
    void reads.complete(reads.find('a'), () => new Promise(() => {}), {})
    assert.equal(await reads.isStored(['a'], codec), false)
    const disabled = httpReadsOf('test', testCache({ enabled: false }).cache)
    await disabled.write('a', 'page')
    assert.equal(await disabled.isStored(['a'], codec), false)
  })

  it('asks the shared tier if memory has nothing, and is false if it does not answer', async () => {
    const { process, pass, remote } = processes()
    await readResponse(process(), 'a', 'page')
    await pass(100)
    const reads = httpReadsOf('test', process())
    await pass(1000)
    assert.equal(await reads.isStored(['b', 'a'], codec), true)
    assert.equal(await reads.isStored(['b'], codec), false)
    assert.equal(reads.find('a').entry, undefined, 'the value is not stored in memory')
    remote.mode = 'down'
    assert.equal(await reads.isStored(['a'], codec), false)
    await flush()
  })
})

describe('the reads and writes of http/', () => {
  it('data under the key of a response is a value of its own', async () => {
    const { cache } = testCache()
    for (const key of KEYS) {
      assert.deepEqual(await readResponse(cache, key, 'page'), ['page', 'miss'])
      assert.deepEqual([cache.peek(key), cache.has(key), cache.lookup(key)], [undefined, false, undefined])
      assert.deepEqual(await readData(cache, key, 'data'), ['data', 'miss'])
      assert.deepEqual(await readResponse(cache, key, 'other'), ['page', 'hit'])
      assert.deepEqual(await readData(cache, key, 'other'), ['data', 'hit'])
    }
  })

  it('writes, deletions, expiries and notes concern one of the two', async () => {
    const { cache } = testCache()
    const responses = httpReadsOf('test', cache)
    for (const key of KEYS) {
      await cache.write(key, 'data')
      await responses.write(key, 'page')
      const [ofData, ofPage] = [cache.noteChanges(key), responses.noteChanges(key)]
      await cache.delete(key)
      assert.deepEqual([ofData(), ofPage()], [true, false])
      assert.deepEqual(await readResponse(cache, key, 'other'), ['page', 'hit'])
      await cache.write(key, 'data')
      await responses.deleteMany([key])
      assert.deepEqual([ofPage(), cache.peek(key)?.value], [true, 'data'])
      await responses.write(key, 'page')
      await cache.expire(key)
      assert.deepEqual(await readResponse(cache, key, 'other'), ['page', 'hit'])
    }
  })

  it('a load that chooses a key stores the value in the space of its read', async () => {
    const { cache } = testCache()
    const reads = httpReadsOf('test', cache)
    await reads.complete(reads.find('a'), () => loadedWithReport('page', { keep: 'b' }, undefined), {})
    assert.equal(cache.has('b'), false)
    assert.deepEqual(await readResponse(cache, 'b', 'other'), ['page', 'hit'])
  })

  it('a read that retries with another key stays in its space', async () => {
    const { cache } = testCache()
    const reads = httpReadsOf('test', cache)
    await cache.write('b', 'data')
    const first = reads.complete(reads.find('a'), async () => 'page', {})
    const options = { accept: (value: unknown) => value !== 'page', retryKey: () => 'b' }
    const second = reads.complete(reads.find('a'), async () => 'own page', options)
    const [one, two] = await Promise.all([first, second])
    assert.deepEqual([one.ok && one.read.value, two.ok && two.read.value], ['page', 'own page'])
  })

  it('the two are separate in a shared tier, and cache.clear() removes both', async () => {
    const { process, pass, remote } = processes()
    const one = process()
    for (const key of KEYS) {
      await readResponse(one, key, 'page')
      await readData(one, key, 'data')
    }
    await pass(100)
    assert.equal(remote.entries.size, 2 * KEYS.length)
    const two = process()
    await pass(1000)
    for (const key of KEYS) {
      assert.deepEqual(await readData(two, key, 'other'), ['data', 'hit'])
      assert.deepEqual(await readResponse(two, key, 'other'), ['page', 'hit'])
    }
    await two.clear()
    assert.deepEqual(await readData(one, 'a', 'new data'), ['new data', 'miss'])
    assert.deepEqual(await readResponse(one, 'a', 'new page'), ['new page', 'miss'])
  })
})
