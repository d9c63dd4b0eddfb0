import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compare, compareWithEach, describePlayed, type Played } from './compare.ts'
import type { RawResponse } from './play/response-reader.ts'
import { type Script, sentinel } from './script.ts'

const response = (status: number, body = '', fields: Record<string, string> = {}): RawResponse => ({
  status,
  fields: Object.entries({ date: 'now', ...fields }),
  body,
})
const hit = response(200, 'a', { 'cache-status': 'hitrate; hit' })
const joined = response(200, 'a', { 'cache-status': 'hitrate; fwd=uri-miss; collapsed' })
const last = response(200, 'sentinel', { connection: 'close' })
const refusal = response(400, '', { connection: 'close' })

const played = (responses: RawResponse[], more: Partial<Played> = {}): Played => ({
  responses,
  rest: '',
  end: 'closed',
  counts: { hit: responses.length },
  ...more,
})

describe('compare()', () => {
  it('the same responses are the same, in spite of the date and the order of fields', () => {
    const one = response(200, 'a', { x: '1', y: '2', connection: 'keep-alive' })
    const other = response(200, 'a', { date: 'then', y: '2', x: '1', 'keep-alive': 'timeout=5' })
    assert.deepEqual(compare(played([one, last]), played([other, last])), { result: 'same' })
  })

  for (const [what, responses, reason] of [
    ['another status', [response(404, 'a'), last], /status 404, not 200/],
    ['another body', [response(200, 'b', { 'cache-status': 'hitrate; hit' }), last], /body "b", not "a"/],
    ['another field', [response(200, 'a', { 'cache-status': 'hitrate; stale' }), last], /stale, not .*hit/],
    ['a missing response', [hit], /response 2 is missing/],
    ['a further response', [hit, last, hit], /the reference has no such response/],
    ['responses in another order', [last, hit], /response 1/],
    ['a 4xx that keeps the connection open', [hit, response(400)], /status 400, not 200/],
    ['a response behind a refusal', [refusal, last], /status 400, not 200/],
  ] as const) {
    it(`${what} is a difference`, () => {
      const verdict = compare(played([hit, last]), played([...responses], { counts: { hit: 2 } }))
      assert.equal(verdict.result, 'different')
      assert.match(verdict.result === 'different' ? verdict.reason : '', reason)
    })
  }

  it('a response where the reference refuses is a difference', () => {
    assert.equal(compare(played([refusal]), played([hit, last])).result, 'different')
    assert.equal(compare(played([refusal]), played([hit])).result, 'different')
  })

  it('a refusal of what the reference serves is a refusal', () => {
    assert.deepEqual(compare(played([hit, hit, last]), played([hit, refusal])), { result: 'refused' })
  })

  it('a 4xx on an open connection is no refusal', () => {
    const tested = played([hit, refusal], { end: 'open' })
    assert.equal(compare(played([hit, hit, last]), tested).result, 'different')
  })

  it('another 4xx than that of the reference is the same', () => {
    const tested = played([response(431, '', { connection: 'close' })])
    assert.deepEqual(compare(played([refusal]), tested), { result: 'same' })
  })

  it('an end without a word is enough where the reference refuses', () => {
    assert.deepEqual(compare(played([hit, refusal]), played([hit])), { result: 'refused' })
    assert.equal(compare(played([hit, refusal]), played([hit], { end: 'open' })).result, 'different')
    assert.equal(compare(played([hit, last]), played([hit])).result, 'different')
  })

  it('an end without a word may come earlier than that of the reference', () => {
    assert.deepEqual(compare(played([hit, hit]), played([hit])), { result: 'refused' })
    assert.equal(
      compare(played([hit, hit], { end: 'ended' }), played([hit], { end: 'ended' })).result,
      'different',
    )
  })

  it('a connection that stays open is a difference', () => {
    assert.equal(compare(played([last]), played([last], { end: 'open' })).result, 'different')
  })

  it('bytes behind the last response are a difference', () => {
    assert.equal(compare(played([last]), played([last], { rest: 'HTTP/1.1 200' })).result, 'different')
  })

  it('another count is a difference, also for a refusal', () => {
    assert.equal(compare(played([last]), played([last], { counts: { hit: 2 } })).result, 'different')
    assert.equal(compare(played([last]), played([last], { counts: { miss: 1 } })).result, 'different')
    assert.equal(compare(played([hit, last]), played([refusal], { counts: { hit: 3 } })).result, 'different')
  })

  it('a pipelined request may join a load or be a hit after it', () => {
    const tested = played([joined, last], { counts: { coalesced: 1, hit: 1 } })
    assert.deepEqual(compare(played([hit, last]), tested), { result: 'same' })
    assert.equal(compare(played([hit, last]), { ...tested, counts: { hit: 3 } }).result, 'different')
  })
})

/** A script whose requests are pipelined in these numbers. */
const script = (...counts: number[]): Script => ({
  seed: 1,
  rounds: counts.map((count) => ({ parts: Array.from({ length: count }, () => sentinel), cuts: [] })),
  ending: 'sentinel',
  readsLate: false,
})
const closing = response(200, 'a', { connection: 'close' })

describe('compareWithEach()', () => {
  const verdict = (references: Played[], tested: Played, of = script(1)) =>
    compareWithEach(of, references, tested).result

  it('one equal reference is enough', () => {
    assert.equal(verdict([played([refusal]), played([hit, last])], played([hit, last])), 'same')
    assert.equal(verdict([played([refusal])], played([hit, last])), 'different')
    assert.equal(verdict([], played([hit])), 'different')
  })

  it('an end without a word may be as early as that of a reference which refuses', () => {
    const references = [played([refusal]), played([hit, hit, last])]
    assert.equal(verdict(references, played([hit])), 'refused')
    assert.equal(verdict(references.slice(1), played([hit])), 'different')
    assert.equal(verdict(references, played([hit, last])), 'different')
  })

  it('a refused request may be counted as often as by one of the references', () => {
    const references = [played([refusal], { counts: { hit: 4 } }), played([hit, hit, last])]
    assert.equal(verdict(references, played([hit, refusal], { counts: { hit: 4 } })), 'refused')
    assert.equal(verdict(references, played([hit, refusal], { counts: { hit: 5 } })), 'different')
  })

  it('a refusal may overtake responses to requests that both have counted', () => {
    const references = [played([hit, refusal], { counts: { hit: 2 } })]
    assert.equal(verdict(references, played([hit, hit, refusal], { counts: { hit: 2 } })), 'refused')
    assert.equal(verdict(references, played([hit, hit, refusal], { counts: { hit: 3 } })), 'different')
    assert.equal(verdict(references, played([hit, hit, last], { counts: { hit: 2 } })), 'different')
  })

  it('bytes behind a request that closes the connection may overtake its response', () => {
    const references = [played([hit, closing])]
    assert.equal(verdict(references, played([hit]), script(3)), 'refused')
    assert.equal(verdict(references, played([hit]), script(2)), 'different')
    assert.equal(verdict(references, played([hit]), script(1, 1, 1)), 'different')
    assert.equal(verdict(references, played([hit]), script(1, 2)), 'refused')
  })
})

describe('describePlayed()', () => {
  it('the description has a line for each response, and the counts', () => {
    assert.equal(
      describePlayed(played([hit], { rest: 'x' })),
      '    200 "a" hitrate; hit\n    then "x"\n    closed, {"hit":1}',
    )
  })
})
