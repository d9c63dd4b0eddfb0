import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorChain } from '../../../src/process/logging/error-chain.ts'

describe('the chain of an error', () => {
  it('lists the error and its causes', () => {
    const inner = new Error('inner', { cause: 'a text' })
    const outer = new Error('outer', { cause: inner })
    assert.deepEqual(errorChain(outer), [outer, inner, 'a text'])
    assert.deepEqual(errorChain('a text'), ['a text'])
  })

  it('is cut where an error is its own cause', () => {
    const error = new Error('endless')
    error.cause = error
    assert.equal(errorChain(error).length, 8)
  })
})
