import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKnownBlocks } from '../../../src/http/socket/known-blocks.ts'

describe('createKnownBlocks()', () => {
  it('answers as the check does, at the first and at each further request', () => {
    const blocks = createKnownBlocks()
    for (const _ of [1, 2, 3]) {
      assert.equal(blocks.hostOf('\r\nHost: a\r\n\r\n'), 'a')
      assert.equal(blocks.hostOf('\r\nHost: b\r\n\r\n'), 'b')
      assert.equal(blocks.hostOf('\r\nHost: a\r\nRange: bytes=0-0\r\n\r\n'), undefined)
      assert.equal(blocks.hostOf(''), undefined)
    }
  })

  it('stays right while clients send more blocks than it remembers', () => {
    const blocks = createKnownBlocks({ maxBlocks: 10, maxLength: 300 })
    for (const _ of [1, 2]) {
      for (let i = 0; i < 40; i++) assert.equal(blocks.hostOf(`\r\nHost: a${i}\r\n\r\n`), `a${i}`)
      assert.ok(blocks.size <= 10)
    }
    for (let i = 0; i < 40; i++) blocks.hostOf(`\r\nHost: a\r\nX: ${'x'.repeat(100)}${i}\r\n\r\n`)
    assert.equal(blocks.size, 2)
  })
})
