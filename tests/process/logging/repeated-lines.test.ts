import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { RepeatedLines } from '../../../src/process/logging/repeated-lines.ts'
import { type KeptLine, keepLog } from '../../support/kept-log.ts'
import { VirtualTimers } from '../../support/virtual-timers.ts'

const MINUTE = 60_000

let lines: KeptLine[]
let timers: VirtualTimers
let limited: RepeatedLines

/** @param withTimer false as on Workers. */
function open(withTimer: boolean): void {
  const kept = keepLog()
  lines = kept.lines
  timers = new VirtualTimers()
  limited = new RepeatedLines(kept.log, {
    now: () => timers.now(),
    time: () => Date.UTC(2026, 0) + timers.now(),
    ...(withTimer ? { schedule: (run, ms) => timers.after(ms, run) } : {}),
  })
}

function fail(kind: string, path = '/'): void {
  limited.write({ level: 'error', message: 'Failed', kind, properties: () => ({ kind, path }) })
}

/** The lines as `kind path repeats`. */
function printed(): string[] {
  return lines.map(({ properties: { kind, path, repeats } }) => `${kind} ${path} ${repeats ?? 'first'}`)
}

describe('a line that repeats', () => {
  beforeEach(() => open(true))

  it('is written at once, and once a minute with its count and the last properties', () => {
    for (let i = 0; i < 90; i++) {
      fail('a', `/${i}`)
      timers.advance(1000)
    }
    assert.deepEqual(printed(), ['a /0 first', 'a /59 59'])
    timers.advance(MINUTE)
    assert.deepEqual(printed(), ['a /0 first', 'a /59 59', 'a /89 30'])
    assert.deepEqual(
      lines.map(({ level, message, properties: { last } }) => [level, message, last]),
      [
        ['error', 'Failed', undefined],
        ['error', 'Failed', '2026-01-01T00:00:59.000Z'],
        ['error', 'Failed', '2026-01-01T00:01:29.000Z'],
      ],
    )
  })

  it('begins anew after a minute without it, and leaves no timer', () => {
    fail('a', '/1')
    timers.advance(MINUTE)
    assert.equal(timers.pending, 0)
    fail('a', '/2')
    assert.deepEqual(printed(), ['a /1 first', 'a /2 first'])
  })

  it('does not hide a line of another kind', () => {
    fail('a')
    timers.advance(MINUTE / 2)
    for (const kind of ['b', 'a', 'b']) fail(kind)
    assert.deepEqual(printed(), ['a / first', 'b / first'])
    timers.advance(MINUTE / 2)
    assert.deepEqual(printed(), ['a / first', 'b / first', 'a / 1'])
    timers.advance(MINUTE / 2)
    assert.deepEqual(printed(), ['a / first', 'b / first', 'a / 1', 'b / 1'])
  })

  it('computes the properties of written lines only', () => {
    let computed = 0
    const properties = () => ({ computed: ++computed })
    for (let i = 0; i < 5; i++) limited.write({ level: 'warning', message: 'Refused', kind: '', properties })
    assert.equal(computed, 1)
    limited.close()
    assert.equal(computed, 2)
  })

  it('has its count written at the end of the process', () => {
    for (const kind of ['a', 'b', 'a', 'a']) fail(kind)
    limited.close()
    assert.deepEqual(printed(), ['a / first', 'b / first', 'a / 2'])
    assert.equal(timers.pending, 0)
    limited.close()
    assert.equal(lines.length, 3)
  })

  it('is one line with all further kinds of its message after a hundred kinds', () => {
    for (let i = 0; i < 1000; i++) fail(`kind ${i}`)
    assert.equal(lines.length, 101)
    limited.close()
    assert.deepEqual(printed().slice(99), ['kind 99 / first', 'kind 100 / first', 'kind 999 / 899'])
  })
})

describe('a line that repeats without timers', () => {
  beforeEach(() => open(false))

  it('has its count written with its next occurrence', () => {
    fail('a', '/1')
    fail('a', '/2')
    timers.advance(2 * MINUTE)
    assert.deepEqual(printed(), ['a /1 first'])
    fail('a', '/3')
    assert.deepEqual(printed(), ['a /1 first', 'a /3 2'])
    fail('a', '/4')
    assert.equal(lines.length, 2)
  })

  it('has its count written before a line of another kind', () => {
    fail('a', '/1')
    fail('a', '/2')
    timers.advance(MINUTE)
    fail('b', '/3')
    assert.deepEqual(printed(), ['a /1 first', 'a /2 1', 'b /3 first'])
  })
})

describe('the sum of lines and counts', () => {
  for (const withTimer of [true, false]) {
    it(`is the number of occurrences ${withTimer ? 'with' : 'without'} timers`, () => {
      open(withTimer)
      let seed = 7
      const random = (below: number) => {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
        return seed % below
      }
      for (let i = 0; i < 5000; i++) {
        fail(`kind ${random(150)}`)
        if (random(50) === 0) timers.advance(random(MINUTE))
      }
      limited.close()
      const counted = lines.map(({ properties: { repeats = 1 } }) => Number(repeats))
      assert.equal(
        counted.reduce((sum, count) => sum + count),
        5000,
      )
    })
  }
})
