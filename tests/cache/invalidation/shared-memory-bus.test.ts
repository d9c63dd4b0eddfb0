import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { BusMessage, Invalidation } from '../../../src/cache/invalidation/invalidation.ts'
import type { InvalidationBus } from '../../../src/cache/invalidation/invalidation-bus.ts'
import {
  BEGUN,
  createInvalidationMemory,
  ringAt,
  sharedMemoryBus,
  WRITTEN,
} from '../../../src/cache/invalidation/shared-memory-bus.ts'
import { rounds } from '../../support/rounds.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { beforeLoads, operationsOf, terminateAfterWrites } from './atomics-faults.ts'
import type { WorkerReport, WorkerTask } from './bus-worker.ts'

/** The invalidations that a thread has not received yet. */
function receivedBy(invalidationBus: InvalidationBus): BusMessage[] {
  const marks: BusMessage[] = []
  invalidationBus.take((mark) => void marks.push(mark))
  return marks
}

/** A bus per thread, with rings of `words` words. */
function open({ threads = 2, words = 64 } = {}) {
  const buffer = createInvalidationMemory({ threads, bytesPerThread: 4 * words })
  const all = Array.from({ length: threads }, (_, thread) => sharedMemoryBus(buffer, thread))
  const [a, b] = all
  assert.ok(a && b)
  return { buffer, all, a, b }
}

/** A key whose mark takes this many words. */
function keyOfWords(words: number, letter = 'x'): Invalidation {
  return { key: letter.repeat(2 * (words - 1)) }
}

describe('sharedMemoryBus', () => {
  it('a mark is received once and in order by each other thread, and not by its own', () => {
    const { all } = open({ threads: 3 })
    const [a, b, c] = all
    assert.ok(a && b && c)
    a.publish([{ key: 'k' }, { tag: 'k' }])
    a.publish(['everything'])
    assert.deepEqual(receivedBy(a), [])
    for (const other of [b, c]) {
      assert.deepEqual(receivedBy(other), [{ key: 'k' }, { tag: 'k' }, 'everything'])
      assert.deepEqual(receivedBy(other), [])
    }
    b.publish([{ tag: 'from b' }])
    c.publish([{ tag: 'from c' }])
    assert.deepEqual(receivedBy(a), [{ tag: 'from b' }, { tag: 'from c' }])
  })

  it('an empty list of marks is not received', () => {
    const { a, b } = open()
    a.publish([])
    assert.deepEqual(receivedBy(b), [])
  })

  it('a bus receives only the marks published after it was opened', () => {
    const { buffer, a } = open()
    a.publish([{ key: 'before' }])
    const later = sharedMemoryBus(buffer, 1)
    a.publish([{ key: 'after' }])
    assert.deepEqual(receivedBy(later), [{ key: 'after' }])
  })

  it('a mark can have any string as its name', () => {
    const { a, b } = open({ words: 4096 })
    const names = [
      '',
      'a',
      'ab',
      'abc',
      '\0',
      '\0\0',
      'ключ',
      '鍵',
      '🔑',
      '🔑x',
      '\ud83d',
      'x\udd11',
      '\udd11\ud83d',
    ]
    const long = Array.from({ length: 2000 }, (_, i) => String.fromCharCode(i * 32)).join('')
    for (const name of [...names, '\uffff\uffff', long]) {
      a.publish([{ key: name }, { tag: name }])
      assert.deepEqual(receivedBy(b), [{ key: name }, { tag: name }])
    }
  })

  it('a ring wraps around for marks of any length', () => {
    const { a, b } = open({ words: 7 })
    for (let i = 0; i < 1000; i++) {
      const mark = { key: String(i).repeat(i % 4) }
      a.publish([mark])
      assert.deepEqual(receivedBy(b), [mark])
    }
  })

  it('a ring that is exactly full loses no mark', () => {
    const { a, b } = open({ words: 8 })
    a.publish([keyOfWords(3)])
    receivedBy(b)
    a.publish([keyOfWords(8, 'y')])
    assert.deepEqual(receivedBy(b), [keyOfWords(8, 'y')])
    a.publish([keyOfWords(5, 'a'), keyOfWords(3, 'b')])
    assert.deepEqual(receivedBy(b), [keyOfWords(5, 'a'), keyOfWords(3, 'b')])
  })

  it('a thread that missed overwritten marks receives `lost` once, then the next marks', () => {
    const { all } = open({ threads: 3, words: 8 })
    const [a, upToDate, slow] = all
    assert.ok(a && upToDate && slow)
    a.publish([keyOfWords(5, 'a')])
    receivedBy(upToDate)
    a.publish([keyOfWords(4, 'b')])
    assert.deepEqual(receivedBy(upToDate), [keyOfWords(4, 'b')])
    assert.deepEqual(receivedBy(slow), ['lost'])
    a.publish([keyOfWords(4, 'c')])
    assert.deepEqual([receivedBy(upToDate), receivedBy(slow)], [[keyOfWords(4, 'c')], [keyOfWords(4, 'c')]])
  })

  it('a name that is longer than the ring is received as `everything`', () => {
    const { a, b } = open({ words: 8 })
    a.publish([keyOfWords(9), { tag: 'after' }])
    assert.deepEqual(receivedBy(b), ['everything', { tag: 'after' }])
  })

  it('a ring of one word publishes `everything` for each mark', () => {
    const { a, b } = open({ words: 1 })
    for (let i = 0; i < 5; i++) {
      a.publish([{ key: 'k' }])
      assert.deepEqual(receivedBy(b), ['everything'])
    }
  })

  for (const position of [2 ** 31, 2 ** 32, 2 ** 33]) {
    it(`a ring continues across position ${position}`, () => {
      const buffer = createInvalidationMemory({ threads: 2, bytesPerThread: 28 })
      const { head } = ringAt(buffer, 0)
      head[BEGUN] = head[WRITTEN] = BigInt(position - 20)
      const [a, b] = [sharedMemoryBus(buffer, 0), sharedMemoryBus(buffer, 1)]
      for (let i = 0; i < 30; i++) {
        a.publish([{ key: `${i}` }])
        assert.deepEqual(receivedBy(b), [{ key: `${i}` }])
      }
      for (let i = 0; i < 30; i++) a.publish([{ key: 'k' }])
      assert.deepEqual(receivedBy(b), ['lost'])
      head[BEGUN] = head[WRITTEN] = BigInt(position * 1000)
      a.publish([{ key: 'k' }])
      assert.deepEqual(receivedBy(b), ['lost'], 'a reader far behind the writer')
    })
  }

  it('the epoch may wrap around at both ends of its range', () => {
    for (const epoch of [2 ** 31 - 3, -3]) {
      const buffer = createInvalidationMemory({ threads: 2 })
      new Int32Array(buffer)[0] = epoch
      const [a, b] = [sharedMemoryBus(buffer, 0), sharedMemoryBus(buffer, 1)]
      for (let i = 0; i < 6; i++) {
        a.publish([{ key: `${i}` }])
        assert.deepEqual(receivedBy(b), [{ key: `${i}` }])
      }
    }
  })

  it('invalid numbers of threads and bytes, and invalid thread numbers, are rejected', () => {
    for (const options of [
      { threads: 0 },
      { threads: 1.5 },
      { threads: 2, bytesPerThread: 3 },
      { threads: 2, bytesPerThread: Number.NaN },
      { threads: 2, bytesPerThread: 2 ** 31 },
    ]) {
      assert.throws(() => createInvalidationMemory(options), RangeError)
    }
    const buffer = createInvalidationMemory({ threads: 2, bytesPerThread: 5 })
    for (const thread of [-1, 2, 0.5, Number.NaN]) {
      assert.throws(() => sharedMemoryBus(buffer, thread), RangeError)
    }
  })
})

describe('a thread that is terminated while it publishes', () => {
  it('a thread terminated at any write loses no mark it had published, and its successor publishes further marks', () => {
    const unfinished: Invalidation = { key: 'a longer one' }
    for (let before = 0; before < 12; before++) {
      for (let write = 0; ; write++) {
        const { buffer, all } = open({ threads: 3, words: 12 })
        const [a, upToDate, slow] = all
        assert.ok(a && upToDate && slow)
        const published = Array.from({ length: before }, (_, i): Invalidation => ({ key: `${i}` }))
        for (const mark of published) {
          a.publish([mark])
          assert.deepEqual(receivedBy(upToDate), [mark])
        }
        const survived = terminateAfterWrites(write, () => a.publish([unfinished]))
        const context = `after ${before} marks, terminated before its operation ${write + 1}`

        const received = receivedBy(upToDate)
        assert.deepEqual(received.length > 0 ? received : [unfinished], [unfinished], context)
        const successor = sharedMemoryBus(buffer, 0)
        successor.publish([{ tag: 's' }]) // short: part of the unfinished mark is not overwritten
        assert.deepEqual(receivedBy(upToDate).at(-1), { tag: 's' }, context)
        const later = receivedBy(slow)
        if (!later.includes('everything') && !later.includes('lost')) {
          assert.deepEqual(
            later.filter((mark) => !isSame(mark, unfinished)),
            [...published, { tag: 's' }],
            context,
          )
        }
        successor.publish([{ key: 'on' }])
        for (const each of [upToDate, slow]) assert.deepEqual(receivedBy(each), [{ key: 'on' }], context)
        if (survived) break
      }
    }
  })

  it('a mark that was being written at termination is received as `everything` once a successor starts', () => {
    const { buffer, a, b } = open({ words: 12 })
    terminateAfterWrites(3, () => a.publish([{ key: 'longer than that' }]))
    assert.deepEqual(receivedBy(b), [])
    sharedMemoryBus(buffer, 0)
    assert.deepEqual(receivedBy(b), ['everything'])
  })

  it('a successor may be terminated too while it takes over the ring', () => {
    for (let write = 0; write < 5; write++) {
      const { buffer, a, b } = open({ words: 12 })
      terminateAfterWrites(3, () => a.publish([{ key: 'longer than that' }]))
      terminateAfterWrites(write, () => sharedMemoryBus(buffer, 0))
      sharedMemoryBus(buffer, 0).publish([{ key: 'on' }])
      assert.deepEqual(receivedBy(b), ['everything', { key: 'on' }])
    }
  })
})

describe('a writer that overtakes a reader', () => {
  it('a reader receives every mark published before it started, or that some were lost, and never a corrupt mark', () => {
    const counts = { lapped: 0, exact: 0 }
    const seeds = rounds(1000, 3000)
    for (let seed = 0; seed < seeds; seed++) overtake(seed, counts)
    assert.ok(counts.lapped > seeds / 3 && counts.exact > seeds / 3, JSON.stringify(counts))
  })

  function overtake(seed: number, counts: { lapped: number; exact: number }): void {
    const random = seededRandom(seed)
    const upTo = (max: number) => Math.floor(random() * (max + 1))
    const { buffer, b: reader } = open({ words: 4 + upTo(8) })
    const marks = Array.from({ length: 12 }, (_, i): Invalidation => ({ key: `${i}`.padEnd(upTo(8), '-') }))
    const operations = operationsOf(buffer, marks)
    const pace = 2 ** (upTo(6) - 3)
    let next = 0
    const marksUpTo = (end: 'isWritten' | 'ends') =>
      operations.slice(0, next).filter((each) => each[end]).length
    const received = new Set<number>()

    function receive(mark: BusMessage): void {
      if (mark === 'everything' || mark === 'lost') {
        counts.lapped++
        for (let i = marksUpTo('isWritten') - 1; i >= 0; i--) received.add(i)
        return
      }
      counts.exact++
      const index = marks.findIndex((each) => isSame(each, mark))
      assert.notEqual(index, -1, `a corrupt mark from seed ${seed}: ${JSON.stringify(mark)}`)
      received.add(index)
    }

    function write(): void {
      for (let n = Math.floor(random() * (1 + pace)); n > 0; n--) operations[next++]?.apply(buffer)
    }

    for (let last = false; !last; ) {
      last = next >= operations.length
      const published = marksUpTo('ends')
      beforeLoads(write, () => reader.take(receive))
      for (let i = 0; i < published; i++)
        assert.ok(received.has(i), `mark ${i} was missed, from seed ${seed}`)
    }
  }
})

describe('threads with a cache each', () => {
  for (const [room, bytesPerThread] of [
    ['enough', 64 * 1024],
    ['too little', 1024],
  ] as const) {
    it(`threads never read a value that another thread invalidated, with ${room} room in the ring`, {
      timeout: 60_000,
    }, async () => {
      const [threads, rows] = [3, 12]
      const shared = {
        threads,
        rounds: rounds(12_000, 40_000),
        memory: createInvalidationMemory({ threads, bytesPerThread }),
        database: new Int32Array(new SharedArrayBuffer(4 * rows)),
        required: new Int32Array(new SharedArrayBuffer(4 * rows)),
        ready: new Int32Array(new SharedArrayBuffer(4)),
      }
      const workers: Worker[] = []
      const exits: Promise<unknown>[] = []
      try {
        const reports = await Promise.all(
          Array.from({ length: threads }, (_, thread) => {
            const workerData: WorkerTask = { ...shared, thread }
            const worker = new Worker(new URL('./bus-worker.ts', import.meta.url), { workerData })
            workers.push(worker)
            exits.push(new Promise((resolve) => worker.once('exit', resolve)))
            return new Promise<WorkerReport>((resolve, reject) => {
              worker.once('message', resolve).once('error', reject)
            })
          }),
        )
        await Promise.all(exits) // exit by themselves: a bus does not keep its thread alive
        assert.deepEqual(
          reports.flatMap(({ violations }) => violations),
          [],
        )
        // Low minimal counts, because the threads may hardly run at the same time on a busy machine.
        for (const event of ['hit', 'miss', 'coalesced', 'stale', 'received', 'received everything']) {
          const times = reports.reduce((sum, { seen }) => sum + (seen[event] ?? 0), 0)
          assert.ok(times >= 10, `${event}: only ${times} times`)
        }
      } finally {
        await Promise.all(workers.map((worker) => worker.terminate()))
      }
    })
  }
})

function isSame(one: BusMessage, other: BusMessage): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
