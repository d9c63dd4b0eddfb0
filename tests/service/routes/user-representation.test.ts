import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bodyOf,
  readFields,
  validatorFields,
  validatorsOf,
  writtenFields,
} from '../../../src/service/routes/user-representation.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const alice = { id: 'user_001', name: 'Alice Johnson', email: 'alice@example.com', modifiedAt: NOON + 999 }
/** The entity tag that version 0.1.0 sent for this user. */
const ETAG = '"wx3T5QJ_VuFT--agyC8vpA"'

describe('the representation of a user', () => {
  it('has the three members in order, whatever a repository adds', () => {
    const { email, name, id } = alice
    const row = { secret: 'x', email, name, id, modifiedAt: NOON }
    assert.equal(
      JSON.stringify(bodyOf(row)),
      '{"id":"user_001","name":"Alice Johnson","email":"alice@example.com"}',
    )
  })

  it('has the entity tag of its body, and a time in whole seconds', async () => {
    assert.deepEqual(await validatorsOf(alice), { etag: ETAG, modifiedAt: NOON })
    const { modifiedAt: _, ...withoutTime } = alice
    assert.deepEqual(await validatorsOf(withoutTime), { etag: ETAG })
  })

  it('is never newer than the response', () => {
    const fields = (now: number) => validatorFields({ etag: ETAG, modifiedAt: NOON }, now)
    assert.deepEqual(fields(NOON), { etag: ETAG, 'last-modified': 'Sun, 22 Nov 2026 12:00:00 GMT' })
    assert.deepEqual(fields(NOON - 1000), { etag: ETAG, 'last-modified': 'Sun, 22 Nov 2026 11:59:59 GMT' })
  })

  it('has no Last-Modified in a read during its second', () => {
    const fields = (readAt: number) => readFields({ etag: ETAG, modifiedAt: NOON }, readAt)
    assert.deepEqual(fields(NOON + 999), { etag: ETAG })
    assert.deepEqual(fields(NOON - 5000), { etag: ETAG })
    assert.deepEqual(fields(NOON + 1000), { etag: ETAG, 'last-modified': 'Sun, 22 Nov 2026 12:00:00 GMT' })
    assert.deepEqual(readFields({ etag: ETAG }, NOON), { etag: ETAG })
  })

  it('is named as the body of the response to a write', async () => {
    assert.deepEqual(await writtenFields(alice, NOON), {
      etag: ETAG,
      'last-modified': 'Sun, 22 Nov 2026 12:00:00 GMT',
      'content-location': '/api/user/user_001',
    })
  })
})
