import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WatchedCaches, watchedCachesOf } from '../../src/instruments/watched-caches.ts'
import { watchedCache } from '../support/watched-cache.ts'

function watching(...caches: ReturnType<typeof watchedCache>[]) {
  const watched = new WatchedCaches()
  for (const cache of caches) watched.add(cache)
  return watched
}

describe('watchedCachesOf', () => {
  it('a registry has the same caches at each call, and no other has them', () => {
    const [one, other] = [{}, {}]
    assert.equal(watchedCachesOf(one), watchedCachesOf(one))
    assert.notEqual(watchedCachesOf(one), watchedCachesOf(other))
  })
})

describe('WatchedCaches', () => {
  it('remove keeps a later cache of the same name', () => {
    const [first, second] = [watchedCache('a', { entries: 1 }), watchedCache('a', { entries: 2 })]
    const watched = watching(first, second)
    watched.remove(first)
    assert.deepEqual(
      Array.from(watched.stats(), ([, { entries }]) => entries),
      [2],
    )
    watched.remove(second)
    assert.deepEqual([...watched.stats()], [])
  })

  it('a cache replaces an earlier cache of the same name', () => {
    const watched = watching(
      watchedCache('users', { entries: 1 }),
      watchedCache('pages', { entries: 2 }),
      watchedCache('users', { entries: 3 }),
      watchedCache('\ud800', { entries: 4 }),
      watchedCache('\udc00', { entries: 5 }),
    )
    assert.deepEqual(
      Array.from(watched.stats(), ([cache, { entries }]) => [cache, entries]),
      [
        ['users', 3],
        ['pages', 2],
        ['\ufffd', 5],
      ],
    )
  })

  it('caches above the maximum of the label have the value other, also one of that name', () => {
    const watched = watching(
      watchedCache('other'),
      ...Array.from({ length: 17 }, (_, i) => watchedCache(`cache ${i}`)),
    )
    const names = Array.from(watched.stats(), ([cache]) => cache)
    assert.deepEqual(
      Array.from(watched.named(), ([cache]) => cache),
      names.slice(0, 16),
    )
    assert.deepEqual(names, [
      'other',
      ...Array.from({ length: 15 }, (_, i) => `cache ${i}`),
      'other',
      'other',
    ])
  })

  it('up leaves out caches without a result, and other is up if all its caches are', () => {
    const first = Array.from({ length: 16 }, (_, i) => watchedCache(`cache ${i}`))
    const up = (...further: (boolean | undefined)[]) => {
      const others = further.map((busUp, i) => watchedCache(`further ${i}`, { busUp }))
      return [...watching(...first, ...others).up(({ busUp }) => busUp)]
    }
    assert.deepEqual(up(), [])
    assert.deepEqual(up(undefined), [])
    assert.deepEqual(up(true, undefined, true), [['other', 1]])
    assert.deepEqual(up(true, false, true), [['other', 0]])
    const two = watching(watchedCache('a', { busUp: true }), watchedCache('b', { busUp: false }))
    assert.deepEqual(
      [...two.up(({ busUp }) => busUp)],
      [
        ['a', 1],
        ['b', 0],
      ],
    )
  })
})
