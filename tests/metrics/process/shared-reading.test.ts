import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sharedReading } from '../../../src/metrics/process/shared-reading.ts'

describe('sharedReading', () => {
  it('readers share a reading until one of them is called again', () => {
    let reads = 0
    const part = sharedReading(() => ++reads)
    const a = part((n) => `a${n}`)
    const b = part((n) => `b${n}`)
    assert.deepEqual([a(), b(), a(), b(), b(), a(), a()], ['a1', 'b1', 'a2', 'b2', 'b3', 'a3', 'a4'])
    assert.equal(reads, 4)
  })

  it('a reading that failed is tried again by each reader', () => {
    let isBroken = true
    const part = sharedReading(() => {
      if (isBroken) throw new Error('broken')
      return 1
    })
    const a = part((n) => n)
    const b = part((n) => n)
    assert.throws(a, /broken/)
    assert.throws(b, /broken/)
    isBroken = false
    assert.deepEqual([a(), b()], [1, 1])
    isBroken = true
    assert.throws(a, /broken/)
    assert.throws(b, /broken/)
  })
})
