import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEFAULT_TARGETED_CONTROL } from '../../../../src/service/default-targeted-control.ts'
import { listLifetime } from '../../../../src/service/routes/lists/list-lifetime.ts'

const minutes = 60_000

describe('listLifetime', () => {
  it('has the periods of the directives', () => {
    assert.deepEqual(listLifetime(DEFAULT_TARGETED_CONTROL), {
      ttlMs: minutes,
      staleWhileRevalidateMs: 5 * minutes,
      staleIfErrorMs: 24 * 60 * minutes,
      keepStaleMs: 10 * minutes,
      mustRevalidate: false,
    })
  })

  it('has no stale periods if the directives forbid stale responses', () => {
    const lifetime = listLifetime('max-age=60, stale-if-error=600, must-revalidate')
    assert.equal(lifetime?.staleIfErrorMs, 0)
    assert.equal(lifetime?.mustRevalidate, true)
  })

  it('does not exist if a response with the directives is not stored', () => {
    for (const control of ['no-store, max-age=60', 'private, max-age=60', 'max-age=0'])
      assert.equal(listLifetime(control), undefined, control)
  })

  it('throws for directives that cannot be used', () => {
    assert.throws(() => listLifetime('max-age=soon'), TypeError)
  })
})
