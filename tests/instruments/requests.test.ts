import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declareRequests } from '../../src/instruments/requests.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { scraped } from '../support/samples.ts'

const counted = (method: string, route: string, status: number) =>
  `http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`

describe('declareRequests', () => {
  it('requests are in flight from start to end', () => {
    const registry = createRegistry()
    const { start, end } = declareRequests(registry)
    start()
    start()
    assert.equal(scraped(registry).get('http_requests_in_flight'), 2)
    end({ method: 'GET', route: '/x', status: 200, durationMs: 1 })
    assert.equal(scraped(registry).get('http_requests_in_flight'), 1)
  })

  it('count leaves the requests in flight as they are', () => {
    const registry = createRegistry()
    declareRequests(registry).count({ method: 'GET', route: '/x', status: 200, durationMs: 1 })
    assert.equal(scraped(registry).get('http_requests_in_flight'), 0)
    assert.equal(scraped(registry).get(counted('GET', '/x', 200)), 1)
  })

  it('requests are counted by method, route and status, in any order', () => {
    const registry = createRegistry()
    const { count } = declareRequests(registry)
    const request = { method: 'GET', route: '/x', status: 200, durationMs: 500 }
    for (const changed of [{}, {}, { method: 'PUT' }, {}, { route: '/y' }, {}, { status: 404 }]) {
      count({ ...request, ...changed })
    }
    const samples = scraped(registry)
    assert.equal(samples.get(counted('GET', '/x', 200)), 4)
    assert.equal(samples.get(counted('PUT', '/x', 200)), 1)
    assert.equal(samples.get(counted('GET', '/y', 200)), 1)
    assert.equal(samples.get(counted('GET', '/x', 404)), 1)
    assert.equal(samples.get(counted('GET', '/x', 200).replace('_count', '_sum')), 2)
  })

  it('methods that routes do not use are counted as other', () => {
    const registry = createRegistry()
    const { count } = declareRequests(registry)
    for (const method of ['BREW', 'get', 'constructor'])
      count({ method, route: '/x', status: 405, durationMs: 1 })
    assert.equal(scraped(registry).get(counted('other', '/x', 405)), 3)
  })
})
