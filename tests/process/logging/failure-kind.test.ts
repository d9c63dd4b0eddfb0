import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failureKind } from '../../../src/process/logging/failure-kind.ts'

function firstOrigin(message: string, cause?: unknown): unknown {
  try {
    throw new Error(message, { cause })
  } catch (error) {
    return error
  }
}

function secondOrigin(message: string): unknown {
  try {
    throw new Error(message)
  } catch (error) {
    return error
  }
}

describe('the kind of a failure', () => {
  it('is the same for errors with the same name, message and origin', () => {
    assert.equal(failureKind(firstOrigin('lost')), failureKind(firstOrigin('lost')))
  })

  it('differs by name, message, origin and cause', () => {
    const kinds = [
      firstOrigin('lost'),
      firstOrigin('found'),
      secondOrigin('lost'),
      Object.assign(firstOrigin('lost') as Error, { name: 'LostError' }),
      firstOrigin('lost', firstOrigin('far')),
      firstOrigin('lost', firstOrigin('near')),
      firstOrigin('lost', 'near'),
      'lost',
      undefined,
    ].map(failureKind)
    assert.equal(new Set(kinds).size, kinds.length)
  })

  it('does not depend on numbers in the message', () => {
    assert.equal(failureKind(firstOrigin('no user 7')), failureKind(firstOrigin('no user 12')))
  })

  it('has a bounded length for a long message', () => {
    assert.ok(failureKind(firstOrigin('x'.repeat(1e6))).length < 1000)
  })
})
