import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { read } from '../../../src/metrics/memory/cells.ts'
import { createSharedMemory } from '../../../src/metrics/memory/shared-memory.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'

const closed = declarationOf('counter', {
  name: 'reads_total',
  help: 'Reads.',
  labels: { outcome: ['hit', 'miss'], tier: ['memory', 'remote'] },
})
const open = declarationOf('counter', { name: 'jobs_total', help: 'Jobs.', labels: { tenant: { max: 9 } } })

function begin() {
  const allocator = new CellAllocator(Date.now)
  const families = new Families(
    allocator,
    () => {},
    (error) => {
      throw error
    },
  )
  return { allocator, families }
}

describe('OwnSeries', () => {
  it('prepare moves the counts of all series, and closed series stay contiguous', () => {
    const { allocator, families } = begin()
    const [reads, jobs] = [families.declare(closed), families.declare(open)]
    const hit = reads.bind({ outcome: 'hit', tier: 'remote' })
    hit.inc(3)
    const ada = jobs.bind({ tenant: 'ada' })
    ada.inc(5)
    const memory = createSharedMemory(2 ** 20)
    allocator.useArena(memory, memory.reserve().arena, 0)
    families.relocate()
    hit.inc()
    ada.inc()
    assert.deepEqual(
      [hit, ada].map(({ ints, at }) => read(ints, at)),
      [4, 6],
    )
    const [first, second, third] = reads.series.map(({ ints, at }) => {
      assert.equal(ints.buffer, memory.buffer)
      return at
    })
    assert.equal(Number(third) - Number(second), Number(second) - Number(first))
  })

  it('place gives a closed series that was removed its own cells again', () => {
    const { families } = begin()
    const reads = families.declare(closed)
    const places = reads.series.map(({ at }) => at)
    const labels = { outcome: 'hit', tier: 'memory' } as const
    const stale = reads.bind(labels)
    stale.inc(3)
    reads.remove({ outcome: 'miss', tier: 'remote' })
    reads.remove(labels)
    stale.inc(5)
    const renewed = reads.bind(labels)
    stale.inc(5)
    assert.deepEqual([renewed.at, read(renewed.ints, renewed.at), renewed === stale], [places[0], 0, false])
    assert.equal(reads.bind({ outcome: 'miss', tier: 'remote' }).at, places[3])
  })

  it('addPart of a removed series allocates nothing that other threads see', () => {
    const { allocator, families } = begin()
    const memory = createSharedMemory(2 ** 20)
    allocator.useArena(memory, memory.reserve().arena, 0)
    const jobs = families.declare(open)
    const stale = jobs.bind({ tenant: 'ada' })
    jobs.remove({ tenant: 'ada' })
    stale.inc(1, { trace_id: 'x' })
    assert.ok(stale.parts.every((part) => part?.ints.buffer !== memory.buffer))
  })
})
