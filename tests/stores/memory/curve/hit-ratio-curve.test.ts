import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HitRatioCurve } from '../../../../src/stores/memory/curve/hit-ratio-curve.ts'
import { keyHash } from '../../../../src/stores/memory/eviction/density/key-hash.ts'
import type { PredictedHitRatio } from '../../../../src/stores/store.ts'
import { zipf } from '../../../support/traces/synthetic.ts'

const SIZES = { '0.5x': 0.5, '1x': 1, '2x': 2, '4x': 4 } as const

/** An LRU cache of entries of size 1, with a curve. */
class Lru {
  readonly curve: HitRatioCurve
  readonly #capacity: number
  readonly #entries = new Map<string, { isSampled: boolean; until: number }>()
  /** One iterator for all evictions, because a new one would pass over the deleted entries each time. */
  readonly #oldest = this.#entries.keys()
  #reads = 0
  #hits = 0
  #newReads = 0
  #newHits = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    this.curve = new HitRatioCurve({
      maxBytes: 1000 * capacity,
      maxEntries: capacity,
      takeReads: () => {
        const counts = { reads: this.#newReads, hits: this.#newHits }
        this.#newReads = 0
        this.#newHits = 0
        return counts
      },
    })
  }

  get ratio(): number {
    return this.#hits / this.#reads
  }

  request(key: string, now = 0, until = Infinity): void {
    const entry = this.#entries.get(key)
    const isHit = entry !== undefined && entry.until > now
    this.#reads++
    this.#newReads++
    if (isHit) {
      this.#hits++
      this.#newHits++
      this.#entries.delete(key)
      entry.isSampled &&= this.curve.use(key, now)
      this.#entries.set(key, entry)
    } else {
      if (entry !== undefined) this.#remove(key, 'expired')
      if (this.#entries.size === this.#capacity) this.#remove(this.#oldest.next().value as string, 'evicted')
      this.#entries.set(key, { isSampled: this.curve.add(key, keyHash(key), 1, until, now), until })
    }
  }

  delete(key: string): void {
    if (this.#entries.has(key)) this.#remove(key, 'deleted')
    else this.curve.forget(key)
  }

  #remove(key: string, removal: 'evicted' | 'expired' | 'deleted'): void {
    this.#entries.delete(key)
    this.curve.remove(key, removal)
  }
}

function predictionOf({ curve }: Lru): PredictedHitRatio {
  return curve.predict() ?? assert.fail('too few reads')
}

/** Requests keys one after the other, `times` in all, and begins again after `length` keys. */
function loop(
  cache: Lru,
  length: number,
  times: number,
  request = (key: string, _at: number) => cache.request(key),
) {
  for (let at = 0; at < times; at++) request(`key:${at % length}`, at)
}

describe('HitRatioCurve', () => {
  it('the predictions are within 2.5 points of LRU caches of these sizes', (t) => {
    const trace = zipf(0.9, { keys: 20_000, requests: 80_000, seed: 5 })
    const warmUp = 30_000
    const cacheAfter = (capacity: number) => {
      const cache = new Lru(capacity)
      let hitsBefore = 0
      trace.forEach((key, i) => {
        if (i === warmUp) hitsBefore = cache.ratio * warmUp
        cache.request(`user:${key}`)
      })
      return { cache, ratio: (cache.ratio * trace.length - hitsBefore) / (trace.length - warmUp) }
    }
    const predicted = predictionOf(cacheAfter(1000).cache)
    for (const [size, factor] of Object.entries(SIZES)) {
      const { ratio } = cacheAfter(1000 * factor)
      const error = 100 * (predicted[size as keyof typeof SIZES] - ratio)
      t.diagnostic(`${size}: ${(100 * ratio).toFixed(1)} %, error ${error.toFixed(2)}`)
      assert.ok(Math.abs(error) < 2.5, `${size}: error ${error}`)
    }
  })

  it('1x is the counted ratio, and there is no prediction before 1,000 reads', () => {
    const cache = new Lru(100)
    const request = (key: string, at: number) => cache.request(at % 4 === 0 ? 'one' : key)
    loop(cache, 300, 1000, request)
    assert.equal(cache.curve.predict(), undefined)
    loop(cache, 300, 20_000, request)
    assert.ok(Math.abs(predictionOf(cache)['1x'] - cache.ratio) < 0.01)
  })

  it('a loop that does not fit would be all hits with twice the room', () => {
    const cache = new Lru(1000)
    loop(cache, 1500, 40_000)
    const { '1x': same, '2x': twice } = predictionOf(cache)
    assert.equal(same, 0)
    assert.ok(twice > 0.9, `${twice}`)
  })

  it('the newest reads count most', () => {
    const cache = new Lru(1000)
    loop(cache, 1500, 20_000)
    loop(cache, 100, 150_000)
    const { '0.5x': half, '1x': same, '2x': twice } = predictionOf(cache)
    assert.ok(same > 0.99 && half > 0.99, `${half} ${same}`)
    assert.ok(twice - same < 0.001)
  })

  it('the ratios do not fall with the size, and stay from 0 to 1', () => {
    const cache = new Lru(40)
    for (const length of [10, 30, 70, 150, 500]) {
      loop(cache, length, 10_000)
      const ratios = Object.values(predictionOf(cache))
      assert.deepEqual(
        ratios,
        ratios.toSorted((a, b) => a - b),
      )
      assert.ok(ratios.every((ratio) => ratio >= 0 && ratio <= 1))
    }
  })

  it('a request after the expiry is a miss at every size', () => {
    const cache = new Lru(1000)
    loop(cache, 1500, 10_000, (key, at) => cache.request(key, at, at + 1200))
    assert.equal(predictionOf(cache)['4x'], 0)
  })

  it('a request after an invalidation is a miss at every size', () => {
    const cache = new Lru(1000)
    loop(cache, 1500, 10_000, (key, at) => {
      cache.request(key)
      cache.delete(`key:${(at + 100) % 1500}`)
    })
    assert.equal(predictionOf(cache)['4x'], 0)
    loop(cache, 1500, 1500)
    cache.curve.clear()
    const { '4x': before } = predictionOf(cache)
    loop(cache, 1500, 700)
    assert.ok(predictionOf(cache)['4x'] <= before)
  })

  it('the sample stays small with a million keys, and grows again with fewer', () => {
    const cache = new Lru(4000)
    for (let i = 0; i < 1_000_000; i++) {
      cache.curve.add(`key:${i}`, keyHash(`key:${i}`), 0, Infinity, 0)
      if (i % 1000 === 0) assert.ok(cache.curve.samples <= 1024)
    }
    assert.ok(cache.curve.samples > 256, `${cache.curve.samples}`)
    cache.curve.clear()
    loop(cache, 1, 300_000)
    cache.curve.predict()
    loop(cache, 4000, 4000)
    assert.ok(cache.curve.samples > 200 && cache.curve.samples < 300, `${cache.curve.samples}`)
  })
})
