import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { staleIfError } from '../../../src/proxy/lifetime/stale-if-error.ts'

const control = (headers: Record<string, string>, maxAge: number | undefined, status = 200) =>
  staleIfError(300)({ status, headers: new Headers(headers), maxAge })

describe('staleIfError', () => {
  it('is added to the lifetime of the upstream, whose other stale time stays', () => {
    assert.equal(control({ 'cache-control': 'max-age=60' }, 60), 'max-age=60, stale-if-error=300')
    assert.equal(
      control({ 'cache-control': 'max-age=60, stale-while-revalidate=9' }, 60),
      'max-age=60, stale-while-revalidate=9, stale-if-error=300',
    )
  })

  it('does not replace that of the upstream', () => {
    assert.equal(control({ 'cache-control': 'max-age=60, stale-if-error=0' }, 60), undefined)
    assert.equal(control({ 'cdn-cache-control': 'max-age=60, Stale-If-Error=5' }, 60), undefined)
  })

  it('gives no lifetime to a response without one, and nothing to an error of the upstream', () => {
    assert.equal(control({}, undefined), undefined)
    assert.equal(control({ 'cache-control': 'max-age=60' }, 60, 503), undefined)
  })
})
