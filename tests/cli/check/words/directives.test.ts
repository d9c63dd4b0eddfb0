import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explainDirective, explainedDirectives } from '../../../../src/cli/check/words/directives.ts'

describe('explainDirective', () => {
  it('lifetimes are in words', () => {
    assert.equal(explainDirective('max-age', '60'), 'fresh for 60 s')
    assert.equal(
      explainDirective('stale-if-error', '86400'),
      'then served stale for another 1 d while the upstream fails',
    )
  })

  it('a lifetime that is no number counts as 0', () => {
    for (const value of ['', 'x', '1.5', true] as const) {
      assert.equal(explainDirective('max-age', value), 'not a number of seconds: counts as 0')
    }
  })

  it('private and no-cache may be about single headers', () => {
    assert.equal(explainDirective('private', 'set-cookie'), 'the headers set-cookie are not stored')
    assert.equal(explainDirective('private', true), 'for one user: no shared cache may store it')
  })

  it('every response directive of the RFCs has a meaning, and others are ignored', () => {
    const directives = [
      ...[
        'max-age',
        's-maxage',
        'no-cache',
        'no-store',
        'private',
        'public',
        'must-revalidate',
        'must-understand',
      ],
      ...['proxy-revalidate', 'no-transform', 'stale-while-revalidate', 'stale-if-error', 'immutable'],
    ]
    assert.deepEqual(
      directives.filter((name) => !explainedDirectives.includes(name)),
      [],
    )
    for (const name of ['pre-check', 'constructor', 'max-stale']) {
      assert.equal(explainDirective(name, true), 'unknown: ignored')
    }
  })
})
