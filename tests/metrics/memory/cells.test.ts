import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import {
  add,
  addSaturated,
  addSmall,
  floatCellLength,
  type Place,
  read,
  readFloat,
  readStamped,
  repairCarry,
  stampedCellLength,
  takeTicket,
  writeFloat,
  writeStamped,
} from '../../../src/metrics/memory/cells.ts'
import {
  inEveryOrder,
  readInEveryInterleaving,
  stopAfter,
  stopInCellAfter,
} from '../../support/cell-interleavings.ts'
import { rounds } from '../../support/rounds.ts'
import type { WriterTask } from './cell-writer.ts'

const carries = [1, 2, 3, 4, 5, 1000, 1001, 2 ** 21, 2 ** 22 - 1].map((n) => n * 2 ** 31)

describe('an integer cell', () => {
  it('an integer cell counts exactly across every carry, in steps of one', () => {
    for (const carry of carries) {
      const { ints, at } = cellHolding(carry - 3)
      for (let value = carry - 3; value < carry + 3; value++) {
        assert.equal(read(ints, at), value)
        addSmall(ints, at, 1)
      }
    }
  })

  it('an integer cell counts exactly across every carry, in steps of any size', () => {
    for (const carry of carries) {
      for (const step of [2, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5]) {
        const { ints, at } = cellHolding(carry - 1)
        add(ints, at, step)
        assert.equal(read(ints, at), carry - 1 + step, `${carry} - 1 + ${step}`)
      }
    }
  })

  it('an integer cell reaches 2^53 - 1 in one step from 0', () => {
    const { ints, at } = cells(2)
    add(ints, at, Number.MAX_SAFE_INTEGER)
    assert.equal(read(ints, at), Number.MAX_SAFE_INTEGER)
  })

  it('an integer cell above 2^53 reads as the nearest double, and continues to count', () => {
    const { ints, at } = cellHolding(Number.MAX_SAFE_INTEGER)
    for (let i = 0; i < 1001; i++) addSmall(ints, at, 1)
    assert.equal(read(ints, at), 2 ** 53 + 1000)
  })

  it('an integer cell that is full takes nothing more', () => {
    for (const n of [1, 2 ** 31 - 1, 2 ** 31, 2 ** 40 + 3, 2 ** 53]) {
      const [ints, at] = [new Int32Array(2), 0]
      assert.ok(add(ints, at, 2 ** 63 - 2 ** 33))
      let before = read(ints, at)
      let adds = 0
      while (adds < 20 && (n < 2 ** 31 ? addSmall(ints, at, n) : add(ints, at, n))) {
        assert.ok(read(ints, at) >= before)
        before = read(ints, at)
        adds++
      }
      assert.ok(before <= 2 ** 63)
      assert.equal(read(ints, at), before)
      assert.equal(adds < 20, n > 2 ** 30, `${n}: ${adds}`)
      addSaturated(ints, at, n)
      assert.ok(read(ints, at) >= before && read(ints, at) <= 2 ** 63)
      addSaturated(ints, at, 2 ** 63)
      assert.equal(read(ints, at), 2 ** 63)
    }
  })

  it('an integer cell sums any whole numbers exactly, and never decreases', () => {
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

  it('an integer cell does not change its neighbours', () => {
    const { ints, at } = cells(6)
    add(ints, at + 2, Number.MAX_SAFE_INTEGER)
    assert.deepEqual(
      [read(ints, at), read(ints, at + 2), read(ints, at + 4)],
      [0, Number.MAX_SAFE_INTEGER, 0],
    )
  })

  it('an integer cell is never too low or too high, at every interleaving of writer and reader', () => {
    for (const carry of carries) {
      const begin = carry - 1
      const values = [begin, begin + 1, begin + 2 ** 31, begin + 2 ** 31 + 1]
      const steps = [1, 2 ** 31 - 1, 1].map((n, i) => ({
        write: ({ ints, at }: Place) => addSmall(ints, at, n),
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

  it('an integer cell is never too low or too high during a step of many carries', () => {
    const begin = 2 ** 31 - 1
    const step = 2 ** 34 + 2 ** 32 - 1
    const answers = readInEveryInterleaving(
      () => cellHolding(begin),
      [{ write: ({ ints, at }) => add(ints, at, step), value: begin + step }],
      ({ ints, at }) => read(ints, at),
    )
    assert.deepEqual([answers.at(0), answers.at(-1)], [begin, begin + step])
  })

  it('an integer cell never decreases for a concurrent reader, and ends exact', {
    timeout: 20_000,
  }, async () => {
    // Steps of one between the carries: if the high half changed at every step, a reader would hardly ever finish.
    const ones = Array.from({ length: 50 }, () => 1)
    const steps = [2 ** 31 - 1, ...ones, 2 ** 33 + 2 ** 31, ...ones]
    const times = rounds(20_000, 100_000)
    const { ints, at } = cellHolding(2 ** 31 - 1)
    let last = read(ints, at)
    let falls = 0
    await watch({ kind: 'integer', ints, at, steps, rounds: times }, () => {
      const now = read(ints, at)
      if (now < last) falls++
      last = now
    })
    assert.equal(falls, 0)
    assert.equal(read(ints, at), 2 ** 31 - 1 + times * steps.reduce((sum, step) => sum + step, 0))
  })
})

describe('a float cell', () => {
  it('a float cell stores any number', () => {
    const { ints, at } = cells(floatCellLength)
    assert.equal(readFloat(ints, at), 0)
    fc.assert(
      fc.property(fc.double(), (value) => {
        writeFloat(ints, at, value)
        assert.ok(Object.is(readFloat(ints, at), value))
      }),
    )
  })

  it('a float cell works when its version wraps', () => {
    const { ints, at } = cells(floatCellLength)
    ints[at] = 2 ** 31 - 2
    for (const value of [1.5, 2.5, 3.5, 4.5]) {
      writeFloat(ints, at, value)
      assert.equal(readFloat(ints, at), value)
    }
  })

  it('a float cell reads as the latest complete number, at every interleaving of writer and reader', () => {
    const values = [1 / 3, Math.PI, 1e100 / 7]
    const steps = values.map((value) => ({
      write: ({ ints, at }: Place) => writeFloat(ints, at, value),
      value,
    }))
    const answers = readInEveryInterleaving(
      () => cells(floatCellLength),
      steps,
      ({ ints, at }) => readFloat(ints, at),
    )
    assert.deepEqual(answers, [0, ...values])
  })

  it('a cell is never read half-written by another thread', { timeout: 20_000 }, async () => {
    const values = [Math.PI, -1 / 3, 1e300, 5e-324]
    const { ints, at } = cells(floatCellLength)
    const seen = new Set<number>()
    await watch({ kind: 'float', ints, at, values, rounds: rounds(100_000, 500_000) }, () =>
      seen.add(readFloat(ints, at)),
    )
    assert.deepEqual(
      [...seen].filter((value) => value !== 0 && !values.includes(value)),
      [],
    )
    assert.equal(readFloat(ints, at), values.at(-1))
  })
})

describe('a stamped cell', () => {
  const pairs = [
    [Math.PI, 7],
    [-1 / 3, 2 ** 53],
    [1e300, 2 ** 33 + 1],
  ] as const

  it('a stamped cell stores any number with any stamp; both are 0 at first', () => {
    const { ints, at } = cells(stampedCellLength)
    assert.deepEqual(readStamped(ints, at), { value: 0, stamp: 0 })
    fc.assert(
      fc.property(fc.double(), fc.maxSafeNat(), (value, stamp) => {
        writeStamped(ints, at, value, stamp)
        assert.deepEqual(readStamped(ints, at), { value, stamp })
      }),
    )
  })

  it('a stamped cell reads as a number with its own stamp, at every interleaving', () => {
    const numberOf = new Map<number, number>([
      [0, 0],
      ...pairs.map(([value, stamp]) => [stamp, value] as const),
    ])
    const steps = pairs.slice(0, 2).map(([value, stamp]) => ({
      write: ({ ints, at }: Place) => writeStamped(ints, at, value, stamp),
      value: stamp,
    }))
    const answers = readInEveryInterleaving(
      () => cells(stampedCellLength),
      steps,
      ({ ints, at }) => {
        const { value, stamp } = readStamped(ints, at)
        return numberOf.get(stamp) === value ? stamp : Number.NaN
      },
    )
    assert.deepEqual(answers, [0, 7, 2 ** 53])
  })

  it('a cell is never read half-written by another thread', { timeout: 20_000 }, async () => {
    const { ints, at } = cells(stampedCellLength)
    const values = pairs.map(([value]) => value)
    const stamps = pairs.map(([, stamp]) => stamp)
    let torn = 0
    await watch({ kind: 'stamped', ints, at, values, stamps, rounds: rounds(60_000, 300_000) }, () => {
      const { value, stamp } = readStamped(ints, at)
      if (stamps.indexOf(stamp) !== values.indexOf(value)) torn++
    })
    assert.equal(torn, 0)
    assert.deepEqual(readStamped(ints, at), { value: values.at(-1), stamp: stamps.at(-1) })
  })
})

describe('a writer that stops midway', () => {
  it('a stopped writer leaves an integer cell with its last add complete or absent, and the next continues', () => {
    for (const carry of carries) {
      for (const survived of [0, 1, 2]) {
        const { ints, at } = cellHolding(carry - 1)
        stopInCellAfter(survived, { ints, at }, (cell) => addSmall(cell.ints, cell.at, 1))
        const left = survived === 0 ? carry - 1 : carry
        assert.equal(read(ints, at), left, `${survived} operations at ${carry}`)
        repairCarry(ints, at)
        assert.equal(read(ints, at), left)
        repairCarry(ints, at)
        addSmall(ints, at, 2 ** 31 - 1)
        addSmall(ints, at, 1)
        assert.equal(read(ints, at), left + 2 ** 31)
      }
    }
  })

  it('a stopped writer loses at most its last step of many carries', () => {
    const step = 2 ** 34 + 2 ** 32 - 1
    for (let survived = 0; survived < 8; survived++) {
      const { ints, at } = cellHolding(2 ** 31 - 1)
      stopInCellAfter(survived, { ints, at }, (cell) => add(cell.ints, cell.at, step))
      const left = read(ints, at)
      assert.ok(left >= 2 ** 31 - 1 && left <= 2 ** 31 - 1 + step, `${left}`)
      repairCarry(ints, at)
      add(ints, at, step)
      assert.equal(read(ints, at), left + step)
    }
  })

  it('a stopped writer and its successor never decrease an integer cell for readers', () => {
    for (const carry of [1, 2, 1000, 2 ** 22 - 2].map((n) => n * 2 ** 31)) {
      let orders = 0
      for (const [, reads = []] of inEveryOrder<number | undefined>(() => {
        const { ints, at } = cellHolding(carry - 1)
        stopInCellAfter(1, { ints, at }, (cell) => addSmall(cell.ints, cell.at, 1))
        const adds = [1, 2 ** 31 - 1].map((n) => () => void addSmall(ints, at, n))
        const reading = () => read(ints, at)
        return [
          [() => void repairCarry(ints, at), ...adds],
          [reading, reading],
        ]
      })) {
        const [first = Number.NaN, second = Number.NaN] = reads.map(({ value }) => value)
        assert.ok([0, 1, 2 ** 31].includes(first - carry), `${first} - ${carry}`)
        assert.ok(second >= first, `${second} after ${first}`)
        orders++
      }
      assert.ok(orders > 500, `${orders}`)
    }
  })

  it('a stopped writer leaves a float cell with the last complete number, and the next continues', () => {
    for (let survived = 0; survived <= 3; survived++) {
      const { ints, at } = cells(floatCellLength)
      writeFloat(ints, at, Math.PI)
      stopAfter(survived, () => writeFloat(ints, at, -1 / 3))
      assert.equal(readFloat(ints, at), survived < 3 ? Math.PI : -1 / 3)
      writeFloat(ints, at, 1e100 / 7)
      assert.equal(readFloat(ints, at), 1e100 / 7)
    }
  })

  it('a stopped writer leaves a stamped cell with the last complete number and stamp, and the next continues', () => {
    for (let survived = 0; survived <= 5; survived++) {
      const { ints, at } = cells(stampedCellLength)
      writeStamped(ints, at, Math.PI, 2 ** 33 + 1)
      stopAfter(survived, () => writeStamped(ints, at, -1 / 3, 2 ** 40 + 3))
      const left =
        survived < 5 ? { value: Math.PI, stamp: 2 ** 33 + 1 } : { value: -1 / 3, stamp: 2 ** 40 + 3 }
      assert.deepEqual(readStamped(ints, at), left)
      writeStamped(ints, at, 1.5, 2 ** 41)
      assert.deepEqual(readStamped(ints, at), { value: 1.5, stamp: 2 ** 41 })
    }
  })
})

describe('tickets', () => {
  const ticketCell = () => new BigInt64Array(new SharedArrayBuffer(16))

  it('tickets count from 1 if the clock shows 0', () => {
    const longs = ticketCell()
    assert.deepEqual([takeTicket(longs, 1, 0), takeTicket(longs, 1, 0), takeTicket(longs, 1, 0)], [1, 2, 3])
  })

  it('a ticket is the time in microseconds, or follows the last one', () => {
    const longs = ticketCell()
    const tickets = [1.5, 1.5, 7, 3, Number.NaN, -1, Number.MAX_VALUE, 8].map((ms) =>
      takeTicket(longs, 1, ms),
    )
    assert.deepEqual(tickets, [1500, 1501, 7000, 7001, 7002, 7003, 7004, 8000])
  })

  it('tickets are unique and ascend at every interleaving of two threads', () => {
    for (const clocks of [
      [0, 0],
      [5, 5],
      [5, 7],
      [7, 5],
    ]) {
      let orders = 0
      for (const threads of inEveryOrder(() => {
        const longs = ticketCell()
        return clocks.map((ms) => [() => takeTicket(longs, 1, ms), () => takeTicket(longs, 1, ms)])
      })) {
        const calls = threads.flat()
        assert.equal(new Set(calls.map(({ value }) => value)).size, 4)
        for (const one of calls) {
          for (const other of calls) if (one.ended < other.began) assert.ok(one.value < other.value)
        }
        orders++
      }
      assert.ok(orders > 50, `${orders}`)
    }
  })
})

/** A cell whose halves are set by definition, not by the tested code. */
function cellHolding(value: number): Place {
  const { ints, at } = cells(2)
  const high = Math.floor(value / 2 ** 31)
  ints[at] = (value % 2 ** 31) + (high % 2 === 0 ? 0 : -(2 ** 31))
  ints[at + 1] = high
  return { ints, at }
}

/** Shared Int32s of this length, with one more on either side. */
function cells(length: number): Place {
  return { ints: new Int32Array(new SharedArrayBuffer(4 * (length + 2))), at: 1 }
}

type Unsignalled<T> = T extends unknown ? Omit<T, 'signal'> : never

/** Calls `look` repeatedly while a worker runs its task. */
async function watch(task: Unsignalled<WriterTask>, look: () => void): Promise<void> {
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
