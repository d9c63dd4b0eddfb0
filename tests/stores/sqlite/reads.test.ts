/** Batches of reads, and leases while the file is locked. */
import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { openStore } from '../../../src/stores/sqlite/sqlite-store.ts'
import { type Timing, timingOf } from '../../../src/stores/sqlite/timing/timing.ts'
import { fill, readOne, VERSION } from '../contract/namespaces.ts'
import { skippingTiming } from './skipping-timing.ts'
import { SqliteFiles } from './sqlite-files.ts'

describe('reads of a SQLite store', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  function open(path: string, timing: Timing, timeoutMs?: number) {
    const store = files.closeLater(openStore({ path, maxBytes: 2 ** 30, pollMs: 20, timing }))
    return store.open({ namespace: 'test', leaseMs: 60_000, ...(timeoutMs !== undefined && { timeoutMs }) })
  }

  /** Counts the turns of the event loop for which a store waits. The clock moves by `stepMs` at each look. */
  function countingTiming(stepMs = 0) {
    const timing = timingOf()
    let time = 0
    const counting = {
      ...timing,
      turns: 0,
      timer: () => (time += stepMs),
      turn() {
        counting.turns++
        return timing.turn()
      },
    }
    return counting
  }

  const request = (name: string, lease = false) => ({ name, version: VERSION, lease })

  it('many reads let other work of the event loop run in between', async () => {
    const timing = countingTiming()
    const namespace = open(files.newPath(), timing)
    const names = Array.from({ length: 300 }, (_, i) => `key-${i}`)
    for (const [i, name] of names.entries()) await fill(namespace, name, Uint8Array.of(i % 251))
    timing.turns = 0
    const answers = await namespace.read(names.map((name) => request(name)))
    assert.equal(timing.turns, 4)
    for (const [i, answer] of answers.entries())
      assert.ok(answer.kind === 'value' && answer.bytes[0] === i % 251)
  })

  it('reads of large values let other work of the event loop run in between', async () => {
    const timing = countingTiming()
    const namespace = open(files.newPath(), timing)
    const names = ['a', 'b', 'c', 'd']
    for (const [i, name] of names.entries()) await fill(namespace, name, new Uint8Array(3 * 2 ** 20).fill(i))
    timing.turns = 0
    const answers = await namespace.read(names.map((name) => request(name)))
    assert.equal(timing.turns, 3)
    for (const [i, answer] of answers.entries()) assert.ok(answer.kind === 'value' && answer.bytes[9] === i)
  })

  it('reads that take long let other work of the event loop run in between', async () => {
    const timing = countingTiming(1)
    const namespace = open(files.newPath(), timing)
    const names = Array.from({ length: 20 }, (_, i) => `key-${i}`)
    for (const [i, name] of names.entries()) if (i % 2 === 0) await fill(namespace, name, Uint8Array.of(i))
    timing.turns = 0
    const answers = await namespace.read(names.map((name) => request(name, true)))
    assert.ok(timing.turns >= 12, `${timing.turns} turns`)
    assert.deepEqual(
      answers.map((answer) => (answer.kind === 'value' ? answer.bytes[0] : answer.kind)),
      names.map((_, i) => (i % 2 === 0 ? i : 'lease')),
    )
  })

  it('a batch gets its values and its leases, each in its place', async () => {
    const path = files.newPath()
    const [namespace, other] = [open(path, timingOf()), open(path, timingOf())]
    await fill(namespace, 'value')
    await readOne(other, 'held')
    const names = ['missing', 'value', 'held', 'another', 'value', 'missing']
    const answers = await namespace.read(names.map((name) => request(name, true)))
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['lease', 'value', 'busy', 'lease', 'value', 'busy'],
    )
  })

  it('a batch gets its values while the file is locked, and refusals for the rest', async () => {
    const path = files.newPath()
    const namespace = open(path, skippingTiming())
    await fill(namespace, 'value')
    files.connect(path).exec('BEGIN IMMEDIATE')
    const names = ['missing', 'value', ...Array.from({ length: 100 }, (_, i) => `missing-${i}`), 'value']
    const kinds = (await namespace.read(names.map((name) => request(name, true)))).map(({ kind }) => kind)
    assert.deepEqual([kinds[0], kinds[1], kinds.at(-1)], ['refused', 'value', 'value'])
    assert.equal(kinds.filter((kind) => kind === 'refused').length, 101)
  })

  it('a lease waits for a lock for the most of the time limit, and then for a moment until it gets it', async () => {
    for (const [timeoutMs, patienceMs] of [
      [undefined, 40],
      [10, 40],
      [1000, 800],
    ] as const) {
      const path = files.newPath()
      const timing = skippingTiming()
      const namespace = open(path, timing, timeoutMs)
      await fill(namespace, 'value')
      const program = files.connect(path)
      program.exec('BEGIN IMMEDIATE')
      const waited: number[] = []
      for (let i = 0; i < 3; i++) {
        const startedAt = timing.timer()
        assert.equal((await readOne(namespace, 'missing')).kind, 'refused')
        waited.push(timing.timer() - startedAt)
      }
      assert.ok((waited[0] ?? 0) > patienceMs - 3 && (waited[0] ?? 0) <= patienceMs, `${waited}`)
      assert.ok((waited[1] ?? 9) <= 2 && (waited[2] ?? 9) <= 2, `${waited}`)
      program.exec('ROLLBACK')
      assert.equal((await readOne(namespace, 'missing')).kind, 'lease')
      program.exec('BEGIN IMMEDIATE')
      const startedAt = timing.timer()
      await readOne(namespace, 'other')
      assert.ok(timing.timer() - startedAt > patienceMs - 3)
      program.exec('ROLLBACK')
    }
  })
})
