/** Figures that were measured on the heaps of Node 24 and Bun 1.4. `npm run bench:memory` measures again. */
import assert from 'node:assert/strict'
import process from 'node:process'
import { describe, it } from 'node:test'
import { heapModelOf } from '../../src/heap/heap-model.ts'

describe('heapModelOf', () => {
  it('the default is the engine of the runtime', () => {
    assert.equal(heapModelOf().engine, process.versions.bun === undefined ? 'v8' : 'jsc')
    assert.equal(heapModelOf('v8').engine, 'v8')
    assert.equal(heapModelOf('jsc').engine, 'jsc')
  })

  it('V8: sizes as measured', () => {
    const v8 = heapModelOf('v8')
    assert.deepEqual(
      [10, 17, 1000].map((length) => v8.string(length, 1)),
      [32, 40, 1016],
    )
    assert.deepEqual(
      [10, 1000].map((length) => v8.string(length, 2)),
      [40, 2016],
    )
    assert.deepEqual(
      [0, 4, 6, 40].map((count) => v8.object(count)),
      [56, 64, 80, 352],
    )
    assert.deepEqual(
      [130, 200, 500].map((count) => v8.object(count)),
      [6232, 12_376, 24_664],
    )
    assert.deepEqual(
      [0, 10, 1000].map((length) => v8.array(length)),
      [32, 128, 8048],
    )
    assert.deepEqual(
      [0, 5, 17, 100, 1025].map((size) => v8.map(size)),
      [184, 296, 968, 3656, 57_416],
    )
    assert.deepEqual(
      [0, 5, 17, 100, 1000].map((size) => v8.set(size)),
      [200, 280, 760, 2680, 20_600],
    )
    assert.deepEqual(
      [10, 64, 65, 1000].map((bytes) => v8.ownView(bytes)),
      [232, 280, 265, 1200],
    )
    assert.deepEqual(
      [32, 64, 65].map((bits) => v8.bigint(bits)),
      [24, 24, 32],
    )
  })

  it('JavaScriptCore: sizes as measured', () => {
    const jsc = heapModelOf('jsc')
    assert.deepEqual(
      [10, 1000].map((length) => jsc.string(length, 1)),
      [38, 1028],
    )
    assert.deepEqual(
      [0, 6, 7, 12, 22, 31, 64, 100].map((count) => jsc.object(count)),
      [64, 64, 96, 128, 224, 320, 672, 1296],
    )
    assert.deepEqual(
      [0, 10, 100, 1000].map((length) => jsc.array(length)),
      [64, 128, 896, 8048],
    )
    assert.deepEqual(
      [0, 4, 16, 64, 100, 1000].map((size) => jsc.map(size)),
      [32, 336, 992, 2784, 10_416, 41_136],
    )
    assert.deepEqual(
      [20_000, 100_000, 1_000_000].map((size) => jsc.map(size)),
      [3_407_984, 6_815_856, 54_526_064],
    )
    assert.deepEqual(
      [0, 4, 16, 64, 100, 1000].map((size) => jsc.set(size)),
      [32, 336, 720, 2784, 8368, 32_944],
    )
    assert.deepEqual(
      [10, 64, 100, 1000, 1200].map((bytes) => jsc.ownView(bytes)),
      [64, 112, 160, 1280, 1248],
    )
    assert.deepEqual(
      [32, 64, 65].map((bits) => jsc.bigint(bits)),
      [32, 32, 48],
    )
  })
})
