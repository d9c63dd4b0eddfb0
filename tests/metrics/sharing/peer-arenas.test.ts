import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import {
  createSharedMemory,
  SharedMemory,
  type SharedMetrics,
} from '../../../src/metrics/memory/shared-memory.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import { PeerArenas } from '../../../src/metrics/sharing/peer-arenas.ts'

const reads = declarationOf('counter', { name: 'reads_total', help: 'Reads.' })

/** A thread that has counted so many reads in its arena. */
function countIn(memory: SharedMemory, shared: SharedMetrics, count: number): void {
  const allocator = new CellAllocator(Date.now)
  allocator.useArena(memory, shared.arena, 0)
  new Families(
    allocator,
    () => {},
    () => assert.fail(),
  )
    .declare(reads)
    .only.inc(count)
}

function arenasOf(memory: SharedMemory, { arena }: SharedMetrics) {
  const families = new Families(
    new CellAllocator(Date.now),
    () => {},
    () => assert.fail(),
  )
  const arenas = new PeerArenas(memory, arena, (declaration) => families.find(declaration))
  const total = () => families.find(reads)?.sample().values[0]
  return { arenas, total }
}

describe('PeerArenas', () => {
  it('sync reads the arenas of all other threads, and not the own one', () => {
    const memory = createSharedMemory(2 ** 20)
    const [own, second, third] = [memory.reserve(), memory.reserve(), memory.reserve()]
    countIn(memory, own, 1)
    countIn(memory, second, 10)
    countIn(memory, third, 100)
    const { arenas, total } = arenasOf(memory, own)
    arenas.sync(() => {})
    assert.equal(total(), 110)
  })

  it('sync finds an arena that got its first thread after an earlier sync', () => {
    const memory = createSharedMemory(2 ** 20)
    const { arenas, total } = arenasOf(memory, memory.reserve())
    arenas.sync(() => {})
    countIn(memory, memory.reserve(), 10)
    arenas.sync(() => {})
    assert.equal(total(), 10)
  })

  it('sync looks for removed series only after a change of another thread', () => {
    const memory = createSharedMemory(2 ** 20)
    const [own, second] = [memory.reserve(), memory.reserve()]
    countIn(memory, second, 10)
    const { arenas } = arenasOf(memory, own)
    const sync = () => {
      const calls: boolean[] = []
      arenas.sync((isOwnChanged) => calls.push(isOwnChanged))
      return calls
    }
    assert.deepEqual(sync(), [])
    for (const { arena } of [own, second]) memory.markChanged(arena)
    assert.deepEqual(sync(), [])
    for (const shared of [own, second]) {
      new SharedMemory(memory.buffer).markChanged(shared.arena)
      assert.deepEqual([sync(), sync()], [[shared === own], []])
    }
  })

  it('inherit returns the number of metrics that the previous thread of the arena has left', () => {
    const memory = createSharedMemory(2 ** 20)
    const own = memory.reserve()
    assert.equal(arenasOf(memory, own).arenas.inherit(), 0)
    countIn(memory, own, 5)
    const { arenas, total } = arenasOf(memory, own)
    assert.equal(arenas.inherit(), 1)
    assert.equal(total(), 5)
  })
})
