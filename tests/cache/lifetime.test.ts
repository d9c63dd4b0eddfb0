import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entryOf, Loaded, loaded } from '../../src/cache/lifetime.ts'
import { propertiesOf } from '../../src/cache/values/stored-entry.ts'

const UNSET = { derivesTags: false, loadMs: undefined, remoteId: undefined, trustedUntil: undefined }

function made(...args: Parameters<typeof entryOf>) {
  return entryOf(...args) ?? assert.fail('the value makes no entry')
}

describe('entryOf', () => {
  it('an entry has the times at which each kind of use ends', () => {
    const lifetime = {
      ttlMs: 100,
      staleWhileRevalidateMs: 20,
      staleIfErrorMs: 300,
      keepStaleMs: 500,
      ageMs: 40,
      tags: ['t'],
      negative: true,
      bytes: 7,
    }
    assert.deepEqual(propertiesOf(made('v', lifetime, 1000, 3)), {
      value: 'v',
      madeAt: 960,
      freshUntil: 1060,
      revalidateUntil: 1080,
      errorUntil: 1360,
      keptUntil: 1060 + 500,
      mustRevalidate: false,
      tags: ['t'],
      negative: true,
      bytes: 7,
      sequence: 3,
      checkedAt: 3,
      ...UNSET,
    })
  })

  it('an entry without options is fresh for a minute, has no tags, and has an estimated size', () => {
    assert.deepEqual(propertiesOf(made(true, {}, 0, 0)), {
      value: true,
      madeAt: 0,
      freshUntil: 60_000,
      revalidateUntil: 60_000,
      errorUntil: 60_000,
      keptUntil: 60_000,
      mustRevalidate: false,
      tags: [],
      negative: false,
      bytes: 0,
      sequence: 0,
      checkedAt: 0,
      ...UNSET,
    })
  })

  it('an entry with negative stale times is usable while it is fresh', () => {
    const entry = entryOf('v', { ttlMs: 10, staleWhileRevalidateMs: -5, staleIfErrorMs: -50 }, 0, 0)
    assert.deepEqual([entry?.revalidateUntil, entry?.errorUntil], [10, 10])
  })

  it('an entry with mustRevalidate has no stale time', () => {
    for (const ms of [5, Infinity, Number.NaN]) {
      const entry = entryOf(
        'v',
        { ttlMs: 10, mustRevalidate: true, staleWhileRevalidateMs: ms, staleIfErrorMs: ms },
        0,
        0,
      )
      assert.deepEqual([entry?.freshUntil, entry?.revalidateUntil, entry?.errorUntil], [10, 10, 10])
    }
  })

  it('a value whose lifetime has ended, or undefined, makes no entry', () => {
    for (const lifetime of [
      { ttlMs: 0 },
      { ttlMs: 10, ageMs: 10 },
      { ttlMs: Number.NaN },
      { ageMs: Infinity },
    ]) {
      assert.equal(entryOf('v', lifetime, 1000, 0), undefined, JSON.stringify(lifetime))
    }
    assert.equal(entryOf(undefined, {}, 1000, 0), undefined)
    assert.notEqual(entryOf('v', { ttlMs: 10, ageMs: 10, staleIfErrorMs: 1 }, 1000, 0), undefined)
  })

  it('an entry has a copy of the tags', () => {
    const tags = ['t']
    const entry = entryOf('v', { tags }, 0, 0)
    tags.push('u')
    assert.deepEqual(entry?.tags, ['t'])
  })
})

describe('loaded', () => {
  it('loaded() combines a value with its options', () => {
    const value = { name: 'Ada' }
    const result = loaded(value, { ttlMs: 5 })
    assert.equal(result instanceof Loaded, true)
    assert.equal(result.value, value)
    assert.deepEqual(result.options, { ttlMs: 5 })
  })
})
