/** Replies of the read script. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answerOf, earliest } from '../../../src/stores/redis/replies.ts'

describe('a reply to a read', () => {
  it('a reply with a value has its bytes, its id and its expiry', () => {
    const bytes = Uint8Array.of(97)
    assert.deepEqual(answerOf('value c1 -', 'ua'), { kind: 'value', bytes, id: 'c1' })
    assert.deepEqual(answerOf('value c1 123', 'ua'), { kind: 'value', bytes, id: 'c1', expiredAt: 123 })
  })

  it('a reply with a lease has its token', () => {
    assert.deepEqual(answerOf('lease c1 new', ''), { kind: 'lease', token: 'c1', takenOver: false })
    assert.deepEqual(answerOf('lease c1 over', ''), { kind: 'lease', token: 'c1', takenOver: true })
  })

  it('a reply of one word is the answer', () => {
    for (const kind of ['busy', 'absent', 'refused']) assert.deepEqual(answerOf(kind, ''), { kind })
  })

  it('a reply of an unknown form is refused', () => {
    for (const reply of ['', 'OK', null, 5, undefined]) assert.throws(() => answerOf(reply, ''), TypeError)
    assert.throws(() => answerOf('value c1 -', null), TypeError)
  })
})

describe('earliest', () => {
  it('the earliest of two times is a number if one is', () => {
    assert.equal(earliest('-', '-'), '-')
    assert.equal(earliest('5', '-'), '5')
    assert.equal(earliest('-', '5'), '5')
    assert.equal(earliest('10', '9'), '9')
    assert.equal(earliest('9', '10'), '9')
  })
})
