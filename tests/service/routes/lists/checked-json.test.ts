import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { checkedJson } from '../../../../src/service/routes/lists/checked-json.ts'

const codec = checkedJson(z.object({ id: z.string() }).nullable())
const bytes = (text: string) => new TextEncoder().encode(text)

describe('checkedJson', () => {
  it('decodes what it has encoded', () => {
    for (const value of [{ id: 'ä"' }, null]) assert.deepEqual(codec.decode(codec.encode(value)), value)
  })

  it('decodes nothing from bytes that are no JSON, no UTF-8, or do not fit the schema', () => {
    for (const foreign of [bytes(''), bytes('{'), bytes('{"id":1}'), bytes('[]'), new Uint8Array([0xff])])
      assert.equal(codec.decode(foreign), undefined)
  })

  it('drops members that the schema does not have', () => {
    assert.deepEqual(codec.decode(bytes('{"id":"a","admin":true}')), { id: 'a' })
  })
})
