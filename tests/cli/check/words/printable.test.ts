import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { printable } from '../../../../src/cli/check/words/printable.ts'

describe('printable', () => {
  it('shows control characters in place of sending them to the terminal', () => {
    assert.equal(printable('\u001b[2J\u009b31m\u0007\r\n'), '\\u001b[2J\\u009b31m\\u0007\\u000d\\u000a')
  })

  it('keeps all other text', () => {
    assert.equal(printable('é "x" \\ 日本'), 'é "x" \\ 日本')
  })
})
