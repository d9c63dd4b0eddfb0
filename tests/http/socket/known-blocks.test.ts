import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKnownBlocks } from '../../../src/http/socket/known-blocks.ts'

describe('createKnownBlocks()', () => {
  it('answers as the check does, at the first and at each further request', () => {
    const blocks = createKnownBlocks()
    for (const _ of [1, 2, 3]) {
      assert.equal(blocks.find('\r\nHost: a\r\n\r\n')?.host, 'a')
      assert.equal(blocks.find('\r\nHost: b\r\n\r\n')?.host, 'b')
      assert.equal(blocks.find('\r\nHost: a\r\nRange: bytes=0-0\r\n\r\n'), undefined)
      assert.equal(blocks.find(''), undefined)
    }
  })

  it('stays right while clients send more blocks than it remembers', () => {
    const blocks = createKnownBlocks([], { maxBlocks: 10, maxLength: 300 })
    for (const _ of [1, 2]) {
      for (let i = 0; i < 40; i++) assert.equal(blocks.find(`\r\nHost: a${i}\r\n\r\n`)?.host, `a${i}`)
      assert.ok(blocks.size <= 10)
    }
    for (let i = 0; i < 40; i++) blocks.find(`\r\nHost: a\r\nX: ${'x'.repeat(100)}${i}\r\n\r\n`)
    assert.equal(blocks.size, 2)
  })

  it('has the values of the headers that the front reads, and does not remember such blocks', () => {
    const blocks = createKnownBlocks(['x-id', 'x-other'])
    const withId = '\r\nHost: a\r\nX-Id: 1\r\nX-ID: 2\r\n\r\n'
    assert.deepEqual(blocks.find(withId), { host: 'a', received: ['1, 2', undefined] })
    assert.equal(blocks.size, 0)
    assert.deepEqual(blocks.find('\r\nHost: a\r\n\r\n'), { host: 'a', received: undefined })
    assert.equal(blocks.size, 1)
  })
})
