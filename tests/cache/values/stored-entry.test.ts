import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { propertiesOf, SharedTerms, storedEntry } from '../../../src/cache/values/stored-entry.ts'
import { deadFrom, type Entry } from '../../../src/stores/entry.ts'

const NOW = 1_800_000_000_000

const plain: Entry = {
  value: { name: 'Ada' },
  madeAt: NOW - 40,
  freshUntil: NOW + 60,
  revalidateUntil: NOW + 80,
  errorUntil: NOW + 360,
  keptUntil: NOW + 560,
  mustRevalidate: false,
  tags: ['t'],
  derivesTags: true,
  negative: true,
  bytes: 7,
  sequence: 3,
  checkedAt: 5,
  loadMs: 12.345,
  remoteId: 'id',
  trustedUntil: NOW + 1000,
}

describe('a stored entry', () => {
  it('has the properties that it was made from', () => {
    const entry = storedEntry(plain, new SharedTerms())
    assert.deepEqual(propertiesOf(entry), plain)
    assert.equal(entry.value, plain.value)
    assert.equal(deadFrom(entry), NOW + 560)
    assert.deepEqual(propertiesOf(storedEntry(entry, new SharedTerms())), plain)
  })

  it('has no load and no place in a remote tier by default, and was checked when its load began', () => {
    const { loadMs, remoteId, trustedUntil, checkedAt: _, ...rest } = plain
    const entry = storedEntry(rest, new SharedTerms())
    assert.deepEqual(
      [entry.loadMs, entry.remoteId, entry.trustedUntil, entry.checkedAt],
      [undefined, undefined, undefined, 3],
    )
    assert.equal(storedEntry({ ...rest, loadMs }, new SharedTerms()).remoteId, undefined)
    assert.equal(storedEntry({ ...rest, remoteId }, new SharedTerms()).remoteId, 'id')
    assert.equal(storedEntry({ ...rest, trustedUntil }, new SharedTerms()).trustedUntil, NOW + 1000)
  })

  it('keeps times without end', () => {
    const endless = {
      freshUntil: Infinity,
      revalidateUntil: Infinity,
      errorUntil: Infinity,
      keptUntil: Infinity,
    }
    for (const times of [
      endless,
      { ...endless, freshUntil: NOW },
      { ...endless, freshUntil: NOW, errorUntil: NOW },
    ]) {
      assert.deepEqual(propertiesOf(storedEntry({ ...plain, ...times }, new SharedTerms())), {
        ...plain,
        ...times,
      })
    }
  })

  it('keeps the duration of its load to the microsecond', () => {
    for (const [loadMs, kept] of [
      [0, 0],
      [0.0004, 0],
      [0.0006, 0.001],
      [3_600_000.5, 3_600_000.5],
    ]) {
      assert.equal(storedEntry({ ...plain, loadMs }, new SharedTerms()).loadMs, kept)
    }
  })

  it('changes in the number of its last check', () => {
    const entry = storedEntry(plain, new SharedTerms())
    entry.checkedAt = 9
    assert.deepEqual(propertiesOf(entry), { ...plain, checkedAt: 9 })
  })

  it('has the names of the tags that memory holds for it, also after it has left', () => {
    const held = {
      names: ['t'],
      ownNames: ['t'],
      isInvalidatedAfter: () => false,
      staleSince: () => undefined,
    }
    const entry = storedEntry(plain, new SharedTerms())
    assert.equal(entry.heldTags, undefined)
    entry.heldTags = held
    assert.deepEqual([entry.heldTags, entry.tags], [held, held.names])
    assert.equal(storedEntry(entry, new SharedTerms()).heldTags, undefined, 'a copy is not held')
    entry.heldTags = undefined
    assert.deepEqual([entry.heldTags, entry.tags], [undefined, ['t']])
  })

  it('has the time at which its key was made stale, beside its properties of the remote tier', () => {
    const entry = storedEntry(plain, new SharedTerms())
    assert.equal(entry.expiredAt, undefined)
    entry.expiredAt = NOW
    assert.equal(entry.expiredAt, NOW)
    assert.deepEqual(propertiesOf(entry), plain)
  })
})

describe('the terms that entries share', () => {
  const terms = {
    madeAt: NOW,
    revalidateMs: 1,
    errorMs: 2,
    keepMs: 3,
    mustRevalidate: false,
    negative: false,
    derivesTags: false,
  }

  it('equal terms are one object, also after others', () => {
    const shared = new SharedTerms()
    const first = shared.of({ ...terms })
    assert.equal(shared.of({ ...terms }), first)
    for (const other of [
      { revalidateMs: 0 },
      { errorMs: 0 },
      { keepMs: Infinity },
      { mustRevalidate: true },
      { negative: true },
      { derivesTags: true },
    ]) {
      const { madeAt: _, ...spans } = { ...terms, ...other }
      assert.deepEqual(shared.of({ ...terms, ...other }), { since: first.since, ...spans })
    }
    assert.equal(shared.of({ ...terms, madeAt: NOW + 60_000 }), first)
    assert.notEqual(shared.of({ ...terms, madeAt: NOW + 2 ** 30 }), first)
    assert.equal(shared.of({ ...terms }), first)
  })

  it('the table is bounded: many different terms are not kept', () => {
    const shared = new SharedTerms()
    const first = shared.of({ ...terms })
    for (let keepMs = 10; keepMs < 1000; keepMs++) shared.of({ ...terms, keepMs })
    const again = shared.of({ ...terms })
    assert.deepEqual(again, first)
    assert.notEqual(again, first)
  })
})
