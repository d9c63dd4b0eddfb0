import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Message } from '../../../../src/http/stored/heads/message.ts'

describe('a message', () => {
  it('lists the names and values of its headers in turn, each cookie in a header of its own', () => {
    const message = new Message(404, { etag: '"a"', age: '0' }, ['a=1', 'b=2'], 'x')
    const fields = ['etag', '"a"', 'age', '0', 'set-cookie', 'a=1', 'set-cookie', 'b=2']
    assert.deepEqual(message.fields, fields)
    assert.equal(message.fields, message.fields)
  })
})
