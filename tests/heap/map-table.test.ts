/** Capacities that were measured on the heaps of Node 24 and Bun 1.4. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { heapModelOf } from '../../src/heap/heap-model.ts'
import { MapTable } from '../../src/heap/map-table.ts'

for (const [engine, grown, churned, shrunk] of [
  ['v8', { 1000: 1024, 40000: 65_536 }, { 1000: 2048, 40000: 131_072 }, 512],
  ['jsc', { 1000: 1024, 40000: 65_536 }, { 1000: 2048, 40000: 65_536 }, 512],
] as const) {
  describe(`MapTable of ${engine}`, () => {
    const heap = heapModelOf(engine)

    for (const members of [1000, 40_000] as const) {
      it(`${members} members, then as many that replace them`, () => {
        const table = new MapTable(heap)
        for (let i = 0; i < members; i++) table.add()
        assert.equal(table.bytes, heap.mapTable(grown[members]))
        for (let i = 0; i < 6 * members; i++) {
          table.delete()
          table.add()
        }
        assert.equal(table.bytes, heap.mapTable(churned[members]))
      })
    }

    it('shrinks, and starts again when it is cleared', () => {
      const table = new MapTable(heap)
      for (let i = 0; i < 1000; i++) table.add()
      for (let i = 0; i < 800; i++) table.delete()
      assert.equal(table.bytes, heap.mapTable(shrunk))
      table.clear()
      assert.equal(table.bytes, heap.mapTable(4))
    })
  })
}
