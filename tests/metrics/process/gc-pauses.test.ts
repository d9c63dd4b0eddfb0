import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { hasGcEntries, observeGc } from '../../../src/metrics/process/gc-pauses.ts'

describe('observeGc', () => {
  it('garbage collections are reported by Node only', () => {
    assert.equal(hasGcEntries, process.versions.bun === undefined)
  })

  it('every collection is reported with its kind and its duration in seconds', {
    skip: hasGcEntries ? false : 'Bun reports none',
  }, async () => {
    const pauses: [kind: string, seconds: number][] = []
    const stop = observeGc((kind, seconds) => pauses.push([kind, seconds]))
    let garbage: object[] = []
    while (pauses.length < 2) {
      for (let i = 0; i < 50_000; i++) garbage.push({ i })
      garbage = []
      await setImmediate()
    }
    stop()
    for (const [kind, seconds] of pauses) {
      assert.match(kind, /^(major|minor|incremental|weakcb)$/)
      assert.ok(seconds >= 0 && seconds < 10, `${seconds}`)
    }
  })
})
