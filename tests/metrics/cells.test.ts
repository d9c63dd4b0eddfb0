import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import {
  add,
  addSmall,
  createArena,
  read,
  readFloat,
  type Slot,
  writeFloat,
} from '../../src/metrics/cells.ts'
import type { WriterTask } from './cell-writer.ts'
import { readInEveryInterleaving } from './interleavings.ts'

const carries = [1, 2, 3, 4, 5, 1000, 1001, 2 ** 21, 2 ** 22 - 1].map((n) => n * 2 ** 31)

describe('an integer cell', () => {
  test('counts exactly across every carry, one by one', () => {
    for (const carry of carries) {
      const { ints, at } = cellHolding(carry - 3)
      for (let value = carry - 3; value < carry + 3; value++) {
        assert.equal(read(ints, at), value)
        addSmall(ints, at, 1)
      }
    }
  })

  test('counts exactly across every carry, in steps of any size', () => {
    for (const carry of carries) {
      for (const step of [2, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5]) {
        const { ints, at } = cellHolding(carry - 1)
        add(ints, at, step)
        assert.equal(read(ints, at), carry - 1 + step, `${carry} - 1 + ${step}`)
      }
    }
  })

  test('reaches 2^53 - 1 in one step from 0', () => {
    const { ints, at } = createArena().integers(1)
    add(ints, at, Number.MAX_SAFE_INTEGER)
    assert.equal(read(ints, at), Number.MAX_SAFE_INTEGER)
  })

  test('is the nearest double above 2^53, and goes on counting', () => {
    const { ints, at } = cellHolding(Number.MAX_SAFE_INTEGER)
    for (let i = 0; i < 1001; i++) addSmall(ints, at, 1)
    assert.equal(read(ints, at), 2 ** 53 + 1000)
  })

  test('sums any whole numbers to what they sum to, and never falls on the way', () => {
    const start = fc.oneof(
      fc.maxSafeNat(),
      fc.constantFrom(...carries).map((carry) => carry - 1),
    )
    const step = fc.oneof(fc.nat(10), fc.integer({ min: 2 ** 31 - 2, max: 2 ** 32 + 2 }), fc.maxSafeNat())
    fc.assert(
      fc.property(start, fc.array(step), (first, steps) => {
        const { ints, at } = cellHolding(first)
        let sum = BigInt(first)
        for (const n of steps) {
          add(ints, at, n)
          sum += BigInt(n)
          assert.equal(read(ints, at), Number(sum))
        }
      }),
    )
  })

  test('leaves its neighbours alone', () => {
    const { ints, at } = createArena().integers(3)
    add(ints, at + 2, Number.MAX_SAFE_INTEGER)
    assert.deepEqual(
      [read(ints, at), read(ints, at + 2), read(ints, at + 4)],
      [0, Number.MAX_SAFE_INTEGER, 0],
    )
  })

  test('never falls, lags or runs ahead, wherever a writer overtakes a reader', () => {
    for (const carry of carries) {
      const begin = carry - 1
      const values = [begin, begin + 1, begin + 2 ** 31, begin + 2 ** 31 + 1]
      const steps = [1, 2 ** 31 - 1, 1].map((n, i) => ({
        write: ({ ints, at }: Slot) => addSmall(ints, at, n),
        value: values[i + 1] ?? Number.NaN,
      }))
      const answers = readInEveryInterleaving(
        () => cellHolding(begin),
        steps,
        ({ ints, at }) => read(ints, at),
      )
      assert.deepEqual(answers, values)
    }
  })

  test('never falls, lags or runs ahead while a step of many carries is under way', () => {
    const begin = 2 ** 31 - 1
    const step = 2 ** 34 + 2 ** 32 - 1
    const answers = readInEveryInterleaving(
      () => cellHolding(begin),
      [{ write: ({ ints, at }) => add(ints, at, step), value: begin + step }],
      ({ ints, at }) => read(ints, at),
    )
    assert.deepEqual([answers.at(0), answers.at(-1)], [begin, begin + step])
  })

  test('never falls for a thread that watches while another counts, and ends exact', {
    timeout: 20_000,
  }, async () => {
    // Ones between the carries: while the high half changes at every step, a reader hardly gets a word in.
    const ones = Array.from({ length: 50 }, () => 1)
    const steps = [2 ** 31 - 1, ...ones, 2 ** 33 + 2 ** 31, ...ones]
    const rounds = 100_000
    const { ints, at } = cellHolding(2 ** 31 - 1)
    let last = read(ints, at)
    let falls = 0
    await watch({ kind: 'integer', ints, at, steps, rounds }, () => {
      const now = read(ints, at)
      if (now < last) falls++
      last = now
    })
    assert.equal(falls, 0)
    assert.equal(read(ints, at), 2 ** 31 - 1 + rounds * steps.reduce((sum, step) => sum + step, 0))
  })
})

describe('a float cell', () => {
  test('holds any number', () => {
    const { ints, at } = createArena().float()
    assert.equal(readFloat(ints, at), 0)
    fc.assert(
      fc.property(fc.double(), (value) => {
        writeFloat(ints, at, value)
        assert.ok(Object.is(readFloat(ints, at), value))
      }),
    )
  })

  test('goes on when its version wraps', () => {
    const { ints, at } = createArena().float()
    ints[at] = 2 ** 31 - 2
    for (const value of [1.5, 2.5, 3.5, 4.5]) {
      writeFloat(ints, at, value)
      assert.equal(readFloat(ints, at), value)
    }
  })

  test('gives a whole number, and the latest, wherever a writer overtakes a reader', () => {
    const values = [1 / 3, Math.PI, 1e100 / 7]
    const steps = values.map((value) => ({
      write: ({ ints, at }: Slot) => writeFloat(ints, at, value),
      value,
    }))
    const answers = readInEveryInterleaving(
      () => createArena().float(),
      steps,
      ({ ints, at }) => readFloat(ints, at),
    )
    assert.deepEqual(answers, [0, ...values])
  })

  test('is never seen half-written by another thread', { timeout: 20_000 }, async () => {
    const values = [Math.PI, -1 / 3, 1e300, 5e-324]
    const { ints, at } = createArena().float()
    const seen = new Set<number>()
    await watch({ kind: 'float', ints, at, values, rounds: 500_000 }, () => seen.add(readFloat(ints, at)))
    assert.deepEqual(
      [...seen].filter((value) => value !== 0 && !values.includes(value)),
      [],
    )
    assert.equal(readFloat(ints, at), values.at(-1))
  })
})

describe('an arena', () => {
  test('grows without moving what it gave', () => {
    const arena = createArena({ bufferLength: 8 })
    const cells = Array.from({ length: 20 }, () => arena.integers(1))
    const gauge = arena.float()
    for (const [i, { ints, at }] of cells.entries()) add(ints, at, 2 ** 40 + i)
    writeFloat(gauge.ints, gauge.at, 0.5)
    assert.deepEqual(
      cells.map(({ ints, at }) => read(ints, at)),
      cells.map((_, i) => 2 ** 40 + i),
    )
    assert.equal(readFloat(gauge.ints, gauge.at), 0.5)
    assert.equal(new Set(cells.map(({ ints }) => ints)).size, 5)
  })

  test('gives cells that lie side by side, also more of them than a buffer holds', () => {
    const { ints, at } = createArena({ bufferLength: 8 }).integers(100)
    assert.ok(at + 200 <= ints.length)
  })

  test('can be shared between threads', () => {
    assert.ok(createArena().integers(1).ints.buffer instanceof SharedArrayBuffer)
  })

  test('does without SharedArrayBuffer where there is none', () => {
    const shared = globalThis.SharedArrayBuffer
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer')
    try {
      const { ints, at } = createArena().integers(1)
      add(ints, at, 2 ** 31)
      addSmall(ints, at, 1)
      assert.ok(ints.buffer instanceof ArrayBuffer)
      assert.equal(read(ints, at), 2 ** 31 + 1)
    } finally {
      globalThis.SharedArrayBuffer = shared
    }
  })
})

/** A cell set up by the definition of its halves, not by the code under test. */
function cellHolding(value: number): Slot {
  const { ints, at } = createArena().integers(1)
  const high = Math.floor(value / 2 ** 31)
  ints[at] = (value % 2 ** 31) + (high % 2 === 0 ? 0 : -(2 ** 31))
  ints[at + 1] = high
  return { ints, at }
}

/** Looks as often as it can while a worker does its task. */
async function watch(
  task:
    | Omit<Extract<WriterTask, { kind: 'integer' }>, 'signal'>
    | Omit<Extract<WriterTask, { kind: 'float' }>, 'signal'>,
  look: () => void,
): Promise<void> {
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('./cell-writer.ts', import.meta.url), { workerData: { ...task, signal } })
  try {
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    const deadline = performance.now() + 15_000
    Atomics.store(signal, 0, 1)
    Atomics.notify(signal, 0)
    while (Atomics.load(signal, 0) !== 2) {
      for (let i = 0; i < 1000; i++) look()
      assert.ok(performance.now() < deadline, 'the worker did not end')
    }
    look()
  } finally {
    await worker.terminate()
  }
}
