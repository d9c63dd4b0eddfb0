import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MetaReply } from '../../../../src/stores/memcached/client/meta-reply.ts'
import { DEAD, expiredContent, FRESH, staleFrom } from '../../../../src/stores/memcached/items/marks.ts'

type Mark = MetaReply & { code: 'VA' }

const mark = (cas: number, text = ''): Mark => ({
  code: 'VA',
  flags: '',
  cas,
  value: new TextEncoder().encode(text),
})

/** Expires a mark, whose CAS number is then the given one. */
const expired = (before: Mark, cas: number, at: number): Mark => ({
  ...before,
  cas,
  value: expiredContent(before, at),
})

describe('a mark', () => {
  it('a mark that is missing makes everything dead', () => {
    assert.equal(staleFrom({ code: 'EN', flags: '', cas: 0 }, 100), DEAD)
  })

  it('a mark without content makes the leases from before it dead, and no others', () => {
    assert.equal(staleFrom(mark(10), 9), DEAD)
    assert.equal(staleFrom(mark(10), 10), FRESH, 'a write counts as loaded at its own mark')
    assert.equal(staleFrom(mark(10), 11), FRESH)
  })

  it('a mark after an expiry makes the leases from before it stale', () => {
    const at20 = expired(mark(10), 20, 1000)
    assert.equal(staleFrom(at20, 9), DEAD)
    assert.equal(staleFrom(at20, 11), 1000)
    assert.equal(staleFrom(at20, 19), 1000)
    assert.equal(staleFrom(at20, 21), FRESH)
  })

  it('a mark after several expiries makes each lease stale from the earliest that concerns it', () => {
    const at40 = expired(expired(expired(mark(10), 20, 1000), 30, 2000), 40, 3000)
    assert.deepEqual(
      [9, 15, 25, 35, 45].map((leaseCas) => staleFrom(at40, leaseCas)),
      [DEAD, 1000, 2000, 3000, FRESH],
    )
  })

  it('a mark drops an expiry that a later one with an earlier time replaces', () => {
    const at30 = expired(expired(mark(10), 20, 2000), 30, 1000)
    assert.equal(new TextDecoder().decode(at30.value), '10 1000')
    assert.equal(staleFrom(at30, 15), 1000)
    assert.equal(staleFrom(at30, 25), 1000)
  })

  it('a mark with many expiries keeps the last ones, and makes older values stale no later', () => {
    let present = mark(10)
    for (let i = 0; i < 100; i++) present = expired(present, 20 + i, 1000 + i)
    assert.ok(present.value.length < 100, `${present.value.length} bytes`)
    for (let i = 0; i < 100; i++) assert.ok(staleFrom(present, 19 + i) <= 1000 + i, `${i}`)
    assert.equal(staleFrom(present, 118), 1099)
    assert.equal(staleFrom(present, 112), 1093)
    assert.equal(staleFrom(present, 9), DEAD)
  })

  it('a mark with a content of another form makes everything dead', () => {
    assert.equal(staleFrom(mark(10, 'text'), 100), DEAD)
  })

  it('a mark makes a value without a number dead', () => {
    assert.equal(staleFrom(mark(10), NaN), DEAD)
    assert.equal(staleFrom(expired(mark(10), 20, 1000), NaN), DEAD)
  })

  it('a mark that the server refuses to return throws', () => {
    assert.throws(() => staleFrom({ code: 'error', message: 'CLIENT_ERROR no' }, 1), /CLIENT_ERROR no/)
    assert.throws(() => staleFrom(undefined, 1), /no reply/)
  })
})
