import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declareInvalidations } from '../../src/instruments/invalidations.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { scraped } from '../support/samples.ts'

describe('declareInvalidations', () => {
  it('keys and tags are counted, not calls, and the first event shows all scopes', () => {
    const registry = createRegistry()
    const invalidations = declareInvalidations(registry)
    invalidations.count({ type: 'invalidation', cache: 'users', scope: 'key', count: 300 })
    invalidations.count({ type: 'invalidation', cache: 'users', scope: 'key', count: 1 })
    invalidations.count({ type: 'invalidation', cache: 'users', scope: 'tags', count: 0 })
    const of = (scope: string) =>
      scraped(registry).get(`cache_invalidations_total{cache="users",scope="${scope}"}`)
    assert.deepEqual(['key', 'tags', 'all'].map(of), [301, 0, 0])
  })
})
