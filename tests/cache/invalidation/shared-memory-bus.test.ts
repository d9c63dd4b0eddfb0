import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Invalidation } from '../../../src/cache/invalidation/invalidation.ts'
import type { InvalidationBus } from '../../../src/cache/invalidation/invalidation-bus.ts'
import {
  BEGUN,
  createInvalidationMemory,
  ringAt,
  sharedMemoryBus,
  WRITTEN,
} from '../../../src/cache/invalidation/shared-memory-bus.ts'
import type { SiblingReport, SiblingTask } from './bus-worker.ts'

/** What a thread has missed. */
function taken(invalidationBus: InvalidationBus): Invalidation[] {
  const marks: Invalidation[] = []
  invalidationBus.take((mark) => void marks.push(mark))
  return marks
}

/** Rings of `words` words, and all threads' places among them. */
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

describe('a ring', () => {
  test('tells each other thread once, in order, and not the thread itself', () => {
    const { all } = open({ threads: 3 })
    const [a, b, c] = all
    assert.ok(a && b && c)
    a.publish([{ key: 'k' }, { tag: 'k' }])
    a.publish(['everything'])
    assert.deepEqual(taken(a), [])
    for (const other of [b, c]) {
      assert.deepEqual(taken(other), [{ key: 'k' }, { tag: 'k' }, 'everything'])
      assert.deepEqual(taken(other), [])
    }
    b.publish([{ tag: 'from b' }])
    c.publish([{ tag: 'from c' }])
    assert.deepEqual(taken(a), [{ tag: 'from b' }, { tag: 'from c' }])
  })

  test('tells nothing when nothing is published', () => {
    const { a, b } = open()
    a.publish([])
    assert.deepEqual(taken(b), [])
  })

  test('tells who opens it only what is published from then on', () => {
    const { buffer, a } = open()
    a.publish([{ key: 'before' }])
    const late = sharedMemoryBus(buffer, 1)
    a.publish([{ key: 'after' }])
    assert.deepEqual(taken(late), [{ key: 'after' }])
  })

  test('takes any string for a name', () => {
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
      assert.deepEqual(taken(b), [{ key: name }, { tag: name }])
    }
  })

  test('goes round and round without a break, whatever the lengths', () => {
    const { a, b } = open({ words: 7 })
    for (let i = 0; i < 1000; i++) {
      const mark = { key: String(i).repeat(i % 4) }
      a.publish([mark])
      assert.deepEqual(taken(b), [mark])
    }
  })

  test('that is exactly full has lost nothing', () => {
    const { a, b } = open({ words: 8 })
    a.publish([keyOfWords(3)])
    taken(b)
    a.publish([keyOfWords(8, 'y')])
    assert.deepEqual(taken(b), [keyOfWords(8, 'y')])
    a.publish([keyOfWords(5, 'a'), keyOfWords(3, 'b')])
    assert.deepEqual(taken(b), [keyOfWords(5, 'a'), keyOfWords(3, 'b')])
  })

  test('that has lost something tells those who missed it to forget everything, and then goes on', () => {
    const { all } = open({ threads: 3, words: 8 })
    const [a, attentive, slow] = all
    assert.ok(a && attentive && slow)
    a.publish([keyOfWords(5, 'a')])
    taken(attentive)
    a.publish([keyOfWords(4, 'b')])
    assert.deepEqual(taken(attentive), [keyOfWords(4, 'b')])
    assert.deepEqual(taken(slow), ['everything'])
    a.publish([keyOfWords(4, 'c')])
    assert.deepEqual([taken(attentive), taken(slow)], [[keyOfWords(4, 'c')], [keyOfWords(4, 'c')]])
  })

  test('says everything for a name longer than itself', () => {
    const { a, b } = open({ words: 8 })
    a.publish([keyOfWords(9), { tag: 'after' }])
    assert.deepEqual(taken(b), ['everything', { tag: 'after' }])
  })

  test('of one word can say no more than everything, and says it', () => {
    const { a, b } = open({ words: 1 })
    for (let i = 0; i < 5; i++) {
      a.publish([{ key: 'k' }])
      assert.deepEqual(taken(b), ['everything'])
    }
  })

  for (const position of [2 ** 31, 2 ** 32, 2 ** 33]) {
    test(`goes on across position ${position}`, () => {
      const buffer = createInvalidationMemory({ threads: 2, bytesPerThread: 28 })
      const { head } = ringAt(buffer, 0)
      head[BEGUN] = head[WRITTEN] = BigInt(position - 20)
      const [a, b] = [sharedMemoryBus(buffer, 0), sharedMemoryBus(buffer, 1)]
      for (let i = 0; i < 30; i++) {
        a.publish([{ key: `${i}` }])
        assert.deepEqual(taken(b), [{ key: `${i}` }])
      }
      for (let i = 0; i < 30; i++) a.publish([{ key: 'k' }])
      assert.deepEqual(taken(b), ['everything'])
      head[BEGUN] = head[WRITTEN] = BigInt(position * 1000)
      a.publish([{ key: 'k' }])
      assert.deepEqual(taken(b), ['everything'], 'a reader that has slept for long')
    })
  }

  test('goes on when the epoch wraps, at either end', () => {
    for (const epoch of [2 ** 31 - 3, -3]) {
      const buffer = createInvalidationMemory({ threads: 2 })
      new Int32Array(buffer)[0] = epoch
      const [a, b] = [sharedMemoryBus(buffer, 0), sharedMemoryBus(buffer, 1)]
      for (let i = 0; i < 6; i++) {
        a.publish([{ key: `${i}` }])
        assert.deepEqual(taken(b), [{ key: `${i}` }])
      }
    }
  })

  test('needs a number of threads and room for a word', () => {
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

describe('a thread that is terminated while it tells something', () => {
  test('leaves the others with what it had told, at whichever instant, and its successor goes on', () => {
    const telling: Invalidation = { key: 'a longer one' }
    for (let before = 0; before < 12; before++) {
      for (let instant = 0; ; instant++) {
        const { buffer, all } = open({ threads: 3, words: 12 })
        const [a, prompt, slow] = all
        assert.ok(a && prompt && slow)
        const told = Array.from({ length: before }, (_, i): Invalidation => ({ key: `${i}` }))
        for (const mark of told) {
          a.publish([mark])
          assert.deepEqual(taken(prompt), [mark])
        }
        const survived = dieAfter(instant, () => a.publish([telling]))
        const story = `after ${before} marks, terminated before its operation ${instant + 1}`

        const heard = taken(prompt)
        assert.deepEqual(heard.length > 0 ? heard : [telling], [telling], story)
        const successor = sharedMemoryBus(buffer, 0)
        successor.publish([{ tag: 's' }]) // short: not all is overwritten again that the dead one had begun to
        assert.deepEqual(taken(prompt).at(-1), { tag: 's' }, story)
        const late = taken(slow)
        if (!late.includes('everything')) {
          assert.deepEqual(
            late.filter((mark) => !isSame(mark, telling)),
            [...told, { tag: 's' }],
            story,
          )
        }
        successor.publish([{ key: 'on' }])
        for (const each of [prompt, slow]) assert.deepEqual(taken(each), [{ key: 'on' }], story)
        if (survived) break
      }
    }
  })

  test('has told nothing half: what it had begun is everything to those who hear of it', () => {
    const { buffer, a, b } = open({ words: 12 })
    dieAfter(3, () => a.publish([{ key: 'longer than that' }]))
    assert.deepEqual(taken(b), [])
    sharedMemoryBus(buffer, 0)
    assert.deepEqual(taken(b), ['everything'])
  })

  test('leaves a successor that may be terminated too while it takes over', () => {
    for (let instant = 0; instant < 5; instant++) {
      const { buffer, a, b } = open({ words: 12 })
      dieAfter(3, () => a.publish([{ key: 'longer than that' }]))
      dieAfter(instant, () => sharedMemoryBus(buffer, 0))
      sharedMemoryBus(buffer, 0).publish([{ key: 'on' }])
      assert.deepEqual(taken(b), ['everything', { key: 'on' }])
    }
  })
})

describe('a writer that overtakes a reader', () => {
  test('at any moment: the reader gets all that was told before it asked, or everything, and no garbage', () => {
    const seen = { lapped: 0, exact: 0 }
    for (let seed = 0; seed < 3000; seed++) overtake(seed, seen)
    assert.ok(seen.lapped > 1000 && seen.exact > 1000, JSON.stringify(seen))
  })

  function overtake(seed: number, seen: { lapped: number; exact: number }): void {
    const random = randomFrom(seed)
    const upTo = (max: number) => Math.floor(random() * (max + 1))
    const { buffer, b: reader } = open({ words: 4 + upTo(8) })
    const marks = Array.from({ length: 12 }, (_, i): Invalidation => ({ key: `${i}`.padEnd(upTo(8), '-') }))
    const operations = operationsOf(buffer, marks)
    const pace = 2 ** (upTo(6) - 3)
    let next = 0
    const marksUpTo = (end: 'isWritten' | 'ends') =>
      operations.slice(0, next).filter((each) => each[end]).length
    const heard = new Set<number>()

    function hear(mark: Invalidation): void {
      if (mark === 'everything') {
        seen.lapped++
        for (let i = marksUpTo('isWritten') - 1; i >= 0; i--) heard.add(i)
        return
      }
      seen.exact++
      const index = marks.findIndex((each) => isSame(each, mark))
      assert.notEqual(index, -1, `garbage from seed ${seed}: ${JSON.stringify(mark)}`)
      heard.add(index)
    }

    function write(): void {
      for (let n = Math.floor(random() * (1 + pace)); n > 0; n--) operations[next++]?.apply(buffer)
    }

    for (let last = false; !last; ) {
      last = next >= operations.length
      const told = marksUpTo('ends')
      beforeLoads(write, () => reader.take(hear))
      for (let i = 0; i < told; i++) assert.ok(heard.has(i), `mark ${i} was missed, from seed ${seed}`)
    }
  }
})

describe('threads of a process, with a cache each', () => {
  for (const [room, bytesPerThread] of [
    ['enough', 64 * 1024],
    ['too little', 1024],
  ] as const) {
    test(`are never served what another has invalidated, with ${room} room in the ring`, {
      timeout: 15_000,
    }, async () => {
      const [threads, rows] = [3, 12]
      const shared = {
        threads,
        rounds: 40_000,
        rings: createInvalidationMemory({ threads, bytesPerThread }),
        database: new Int32Array(new SharedArrayBuffer(4 * rows)),
        required: new Int32Array(new SharedArrayBuffer(4 * rows)),
        ready: new Int32Array(new SharedArrayBuffer(4)),
      }
      const workers: Worker[] = []
      const ends: Promise<unknown>[] = []
      try {
        const reports = await Promise.all(
          Array.from({ length: threads }, (_, thread) => {
            const workerData: SiblingTask = { ...shared, thread }
            const worker = new Worker(new URL('./bus-worker.ts', import.meta.url), { workerData })
            workers.push(worker)
            ends.push(new Promise((resolve) => worker.once('exit', resolve)))
            return new Promise<SiblingReport>((resolve, reject) => {
              worker.once('message', resolve).once('error', reject)
            })
          }),
        )
        await Promise.all(ends) // by themselves: nothing of a ring keeps its thread alive
        assert.deepEqual(
          reports.flatMap(({ violations }) => violations),
          [],
        )
        // Few of some: on a busy machine the threads may hardly run at the same time.
        for (const what of ['hit', 'miss', 'coalesced', 'stale', 'heard', 'heard everything']) {
          const times = reports.reduce((sum, { seen }) => sum + (seen[what] ?? 0), 0)
          assert.ok(times >= 10, `"${what}" ${times} times only`)
        }
      } finally {
        await Promise.all(workers.map((worker) => worker.terminate()))
      }
    })
  }
})

function isSame(one: Invalidation, other: Invalidation): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Runs something that ends after so many of its writes to shared memory. True when it came to its own end. */
function dieAfter(writes: number, run: () => void): boolean {
  const terminated = new Error('terminated')
  const { store, add } = Atomics
  let left = writes
  function dying<A extends unknown[], R>(operation: (...args: A) => R) {
    return (...args: A): R => {
      if (left-- === 0) throw terminated
      return operation(...args)
    }
  }
  Object.assign(Atomics, { store: dying(store), add: dying(add) })
  try {
    run()
    return true
  } catch (error) {
    assert.equal(error, terminated)
    return false
  } finally {
    Object.assign(Atomics, { store, add })
  }
}

interface Operation {
  apply: (buffer: SharedArrayBuffer) => void
  /** Others may read the mark, from here on. */
  isWritten: boolean
  /** The last one of a mark: it has been told. */
  ends: boolean
}

/** What thread 0 writes when it tells these marks one by one: it is done in a copy, and written down. */
function operationsOf(buffer: SharedArrayBuffer, marks: readonly Invalidation[]): Operation[] {
  const copy = buffer.slice(0)
  const writer = sharedMemoryBus(copy, 0)
  const operations: Operation[] = []
  const { store, add } = Atomics
  Object.assign(Atomics, {
    store(cells: Int32Array | BigInt64Array, at: number, value: never) {
      operations.push({ isWritten: false, ends: false, apply: (to) => store(sameIn(to, cells), at, value) })
      return store(cells as Int32Array, at, value)
    },
    add(cells: Int32Array, at: number, value: number) {
      operations.push({ isWritten: false, ends: false, apply: (to) => add(sameIn(to, cells), at, value) })
      return add(cells, at, value)
    },
  })
  try {
    for (const mark of marks) {
      writer.publish([mark])
      Object.assign(operations.at(-2) ?? {}, { isWritten: true })
      Object.assign(operations.at(-1) ?? {}, { ends: true })
    }
  } finally {
    Object.assign(Atomics, { store, add })
  }
  return operations
}

function sameIn(
  buffer: SharedArrayBuffer,
  { byteOffset, length, BYTES_PER_ELEMENT }: Int32Array | BigInt64Array,
) {
  const cells =
    BYTES_PER_ELEMENT === 4
      ? new Int32Array(buffer, byteOffset, length)
      : new BigInt64Array(buffer, byteOffset, length)
  return cells as Int32Array // what is stored there was stored in cells of the same kind
}

function beforeLoads(onLoad: () => void, run: () => void): void {
  const { load } = Atomics
  Object.assign(Atomics, {
    load(cells: Int32Array, at: number) {
      onLoad()
      return load(cells, at)
    },
  })
  try {
    run()
  } finally {
    Object.assign(Atomics, { load })
  }
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
