import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Message } from '../../../../src/http/stored/heads/message.ts'

describe('a message', () => {
  it('lists the names and values of its headers in turn, and all cookies as one value', () => {
    const message = new Message(404, { etag: '"a"', age: '0' }, ['a=1', 'b=2'], 'x')
    const fields = ['etag', '"a"', 'age', '0', 'set-cookie', ['a=1', 'b=2']]
    assert.deepEqual(message.fields, fields)
    assert.equal(message.fields, message.fields)
  })

  it('is ASCII if its headers and its body are', () => {
    const messageOf = (name: string, body: string | Uint8Array<ArrayBuffer> | null, length: string) =>
      new Message(200, { 'x-name': name, 'content-length': length }, [], body)
    assert.equal(messageOf('a\tb', 'abc', '3').isAscii, true)
    assert.equal(messageOf('a', 'caf\xe9', '5').isAscii, false)
    assert.equal(messageOf('caf\xe9', 'abc', '3').isAscii, false)
    assert.equal(messageOf('a', new Uint8Array(3), '3').isAscii, false)
    assert.equal(messageOf('a', null, '0').isAscii, false)
    assert.equal(new Message(200, {}, ['a=\xe9'], '').isAscii, false)
  })
})
