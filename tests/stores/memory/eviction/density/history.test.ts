import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { History } from '../../../../../src/stores/memory/eviction/density/history.ts'
import { keyHash } from '../../../../../src/stores/memory/eviction/density/key-hash.ts'

function put(history: History, hash: number, last: number): void {
  history.put(history.placeFor(hash), hash, last, 1)
}

function lastOf(history: History, hash: number): number | undefined {
  const place = history.find(hash)
  return place < 0 ? undefined : history.lastAt(place)
}

describe('History', () => {
  it('has room for 5 keys of a set; the next one takes the place of the first', () => {
    const history = new History()
    for (let hash = 0; hash < 6; hash++) put(history, hash, 100 + hash)
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6].map((hash) => lastOf(history, hash)),
      [undefined, 101, 102, 103, 104, 105, undefined],
    )
  })

  it('uses an empty place first', () => {
    const history = new History()
    for (let hash = 0; hash < 5; hash++) put(history, hash, 100 + hash)
    history.empty(history.find(3))
    assert.equal(lastOf(history, 3), undefined)
    put(history, 9, 109)
    assert.deepEqual(
      [0, 1, 2, 3, 4, 9].map((hash) => lastOf(history, hash)),
      [100, 101, 102, undefined, 104, 109],
    )
  })

  it('keeps the keys while it grows set by set, and gives its memory back', () => {
    const history = new History()
    const empty = history.bytes
    const hashes = Array.from({ length: 30_000 }, (_, n) => keyHash(`key:${n}`))
    for (const [n, hash] of hashes.entries()) {
      history.resize(10 * (n + 1))
      history.resize(10 * (n + 1))
      put(history, hash, n)
    }
    const lost = hashes.filter((hash, n) => lastOf(history, hash) !== n)
    assert.ok(lost.length < 200, `${lost.length} of 30,000 keys are lost, with 10 places for each`)
    for (let n = 60_000; n > 0; n--) history.resize(n)
    const kept = hashes.filter((hash, n) => lastOf(history, hash) === n)
    assert.ok(history.sets <= 2 && kept.length >= 5, `${history.sets} sets, ${kept.length} keys`)
    assert.equal(history.bytes, empty)
  })
})
