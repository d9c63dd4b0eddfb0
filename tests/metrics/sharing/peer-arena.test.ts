import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import {
  createSharedMemory,
  type SharedMemory,
  type SharedMetrics,
} from '../../../src/metrics/memory/shared-memory.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { type Declaration, declarationOf } from '../../../src/metrics/series/declaration.ts'
import { PeerArena } from '../../../src/metrics/sharing/peer-arena.ts'

const closed = declarationOf('counter', {
  name: 'reads_total',
  help: 'Reads.',
  labels: { outcome: ['hit', 'miss'] },
})
const open = declarationOf('counter', {
  name: 'requests_total',
  help: 'Requests.',
  labels: { route: { max: 2 } },
})

/** The metrics of a thread that counts in this arena. */
function counting(memory: SharedMemory, shared: SharedMetrics): Families {
  memory.beginAttach(shared)
  const allocator = new CellAllocator(Date.now)
  allocator.useArena(memory, shared.arena, 0)
  memory.completeAttach(shared)
  return new Families(
    allocator,
    () => {},
    () => assert.fail(),
  )
}

/** The metrics of a thread with private cells, and a view of the arena. */
function watching(memory: SharedMemory, { arena }: SharedMetrics) {
  const families = new Families(
    new CellAllocator(Date.now),
    () => {},
    () => assert.fail(),
  )
  const peer = new PeerArena(memory, arena)
  const find = (declaration: Declaration) => families.find(declaration)
  const samples = () =>
    families.all.flatMap((family) => {
      if (!('sample' in family)) return []
      const { series, values } = family.sample()
      return series.map(({ text }, i) => `${family.head.name}{${text}} ${values[i]}`)
    })
  return { families, peer, sync: () => peer.sync(find), samples }
}

describe('PeerArena', () => {
  it('sync adds the metrics and series of the other thread, whose counts are read from its cells', () => {
    const memory = createSharedMemory(2 ** 20)
    const shared = memory.reserve()
    const theirs = counting(memory, shared)
    const { sync, samples } = watching(memory, shared)
    const reads = theirs.declare(closed)
    reads.bind({ outcome: 'hit' }).inc(3)
    theirs.declare(open).bind({ route: '/a' }).inc()
    sync()
    reads.bind({ outcome: 'hit' }).inc() // visible without another sync
    assert.deepEqual(samples().slice(0, 3), [
      'reads_total{outcome="hit"} 4',
      'reads_total{outcome="miss"} 0',
      'requests_total{route="/a"} 1',
    ])
  })

  it('sync adds series that the other thread has added since the last sync', () => {
    const memory = createSharedMemory(2 ** 20)
    const shared = memory.reserve()
    const theirs = counting(memory, shared)
    const { sync, samples } = watching(memory, shared)
    const requests = theirs.declare(open)
    sync()
    requests.bind({ route: '/a' }).inc()
    assert.ok(!samples().includes('requests_total{route="/a"} 1'))
    sync()
    assert.ok(samples().includes('requests_total{route="/a"} 1'))
  })

  it('sync skips the series of a metric that this thread has declared differently', () => {
    const memory = createSharedMemory(2 ** 20)
    const shared = memory.reserve()
    const theirs = counting(memory, shared)
    const { families, peer, sync, samples } = watching(memory, shared)
    families.declare(declarationOf('gauge', { name: 'requests_total', help: 'Another.' }, { threads: 'sum' }))
    theirs.declare(open).bind({ route: '/a' }).inc()
    sync()
    assert.equal(peer.families[0]?.family, undefined)
    assert.match(
      families.conflict?.message ?? '',
      /^requests_total: another thread has declared it differently/,
    )
    assert.deepEqual(samples(), [
      'requests_total{} 0',
      'metrics_label_overflows_total{metric="requests_total"} 0',
    ])
  })

  it('isAttached is true from the end of the attach until the release', () => {
    const memory = createSharedMemory(2 ** 20)
    const shared = memory.reserve()
    const { peer, sync } = watching(memory, shared)
    sync()
    assert.equal(peer.isAttached, false)
    counting(memory, shared)
    sync()
    assert.equal(peer.isAttached, true)
    memory.release(shared)
    sync()
    assert.equal(peer.isAttached, false)
  })
})
