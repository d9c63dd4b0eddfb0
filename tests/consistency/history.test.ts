/** The history checker: good histories pass, and each kind of bad one is found. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkHistory, describeViolations, type ReadRecord, type WriteRecord } from './history.ts'

const write = (version: number, startedAt: number, confirmedAt?: number, process = 'A'): WriteRecord => ({
  key: 'k',
  version,
  process,
  startedAt,
  calledAt: startedAt + 1,
  confirmedAt,
})
const read = (version: number, startedAt: number, more: Partial<ReadRecord> = {}): ReadRecord => ({
  key: 'k',
  version,
  process: 'B',
  startedAt,
  endedAt: startedAt + 5,
  slackMs: 0,
  how: 'hit',
  ...more,
})

const violationsOf = (writes: WriteRecord[], ...reads: ReadRecord[]) =>
  checkHistory({ writes, reads }).violations

describe('the history checker', () => {
  it('a read of the last confirmed write is right', () => {
    assert.deepEqual(violationsOf([write(1, 0, 10), write(2, 20, 30)], read(1, 15), read(2, 40)), [])
  })

  it('a read before the first write is right without a value', () => {
    assert.deepEqual(violationsOf([write(1, 20, 30)], read(0, 10)), [])
  })

  it('a read returns the value before or after a write that is under way', () => {
    assert.deepEqual(violationsOf([write(1, 0, 10), write(2, 20, 30)], read(1, 25), read(2, 25)), [])
  })

  it('a read returns the value of a write that begins while it runs', () => {
    assert.deepEqual(violationsOf([write(1, 0, 10), write(2, 20, 30)], read(2, 17)), [])
  })

  it('a read may jump back while a write is under way, as a regular register allows', () => {
    assert.deepEqual(violationsOf([write(1, 0, 10), write(2, 20, 90)], read(2, 25), read(1, 40)), [])
  })

  it('a read of an overwritten value is found', () => {
    const [found] = violationsOf([write(1, 0, 10), write(2, 20, 30)], read(1, 31))
    assert.equal(found?.missed?.version, 2)
    assert.equal(found?.oldMs, 1)
  })

  it('a read without a value after a confirmed write is found', () => {
    assert.equal(violationsOf([write(1, 0, 10)], read(0, 11)).length, 1)
  })

  it('a read of a value that nobody has written yet is found', () => {
    assert.equal(violationsOf([write(1, 0, 10), write(2, 50, 60)], read(2, 20))[0]?.missed, undefined)
    assert.equal(violationsOf([write(1, 0, 10)], read(7, 20)).length, 1)
  })

  it('a write that is not confirmed is under way until the end', () => {
    assert.deepEqual(violationsOf([write(1, 0, 10), write(2, 20)], read(1, 900), read(2, 900)), [])
  })

  it('a later write that is confirmed ends the values of all earlier ones', () => {
    assert.equal(violationsOf([write(1, 0), write(2, 20), write(3, 25, 30)], read(2, 31)).length, 1)
  })

  it('the slack allows an older value, and no longer than it says', () => {
    const writes = [write(1, 0, 10), write(2, 20, 30)]
    const checked = checkHistory({
      writes,
      reads: [read(1, 80, { slackMs: 50 }), read(1, 81, { slackMs: 50 })],
    })
    assert.deepEqual([checked.lateReads, checked.latestMs, checked.violations.length], [1, 50, 1])
  })

  it('the age counts from the first write that was missed, not from the last', () => {
    const writes = [write(1, 0, 10), write(2, 20, 30), write(3, 90, 95)]
    assert.equal(violationsOf(writes, read(1, 96, { slackMs: 50 }))[0]?.oldMs, 66)
  })

  it('a process sees its own write from the call on, confirmed or not, without any slack', () => {
    const writes = [write(1, 0, 10), write(2, 20, undefined, 'B')]
    assert.deepEqual(violationsOf(writes, read(1, 20.5, { slackMs: 50 })), [])
    assert.equal(violationsOf(writes, read(1, 22, { slackMs: 50 })).length, 1)
  })

  it('a read that joined an older one of its process may be as old as that one, and misses no write of its own process', () => {
    const writes = [write(1, 0, 10), write(2, 20, 30)]
    assert.deepEqual(violationsOf(writes, read(1, 40, { joinedAt: 29 })), [])
    assert.equal(violationsOf(writes, read(1, 40, { joinedAt: 31 })).length, 1)
    assert.equal(violationsOf(writes, read(1, 40, { joinedAt: 29, process: 'A' })).length, 1)
  })

  it('keys are checked apart', () => {
    const writes = [
      write(1, 0, 10),
      { ...write(1, 0, 10), key: 'other' },
      { ...write(2, 20, 30), key: 'other' },
    ]
    assert.deepEqual(violationsOf(writes, read(1, 40)), [])
  })

  it('the description names reader, writer, versions and age', () => {
    const text = describeViolations(violationsOf([write(1, 0, 10), write(2, 20, 30)], read(1, 31)))
    assert.match(
      text,
      /^1 reads .*\nB read k = 1 at 31.0 \(hit\), 1.0 ms after A wrote 2 \(20.0, confirmed at 30.0\)$/,
    )
  })
})
