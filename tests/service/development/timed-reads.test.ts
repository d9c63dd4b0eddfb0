import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeReads, timedReads } from '../../../src/service/development/timed-reads.ts'

describe('timedReads', () => {
  it('sends one GET for each path at once, and sums up the answers', async () => {
    let ms = 0
    let inFlight = 0
    let most = 0
    const seen: (string | null)[] = []
    const summary = await timedReads(['/a', '/b', '/b', '/lost'], {
      token: 'a-token-for-reads',
      timer: () => ms,
      async fetch({ url, headers }) {
        most = Math.max(most, ++inFlight)
        seen.push(headers.get('authorization'))
        await Promise.resolve()
        ms += 10
        inFlight--
        const { pathname } = new URL(url)
        const status = pathname === '/lost' ? 503 : 200
        return new Response(pathname, {
          status,
          headers: pathname === '/b' ? { 'cache-status': 'hitrate; hit; ttl=-3' } : {},
        })
      },
    })
    assert.equal(most, 4)
    assert.deepEqual(new Set(seen), new Set(['Bearer a-token-for-reads']))
    assert.deepEqual(
      [...summary.statuses],
      [
        [200, 3],
        [503, 1],
      ],
    )
    assert.deepEqual([summary.stale, summary.slowestMs], [2, 40])
  })
})

describe('describeReads', () => {
  it('names the numbers of each status, the stale answers and the slowest', () => {
    const statuses = new Map([
      [200, 1200],
      [503, 1],
    ])
    assert.equal(
      describeReads({ statuses, stale: 2, slowestMs: 1999.2 }),
      '1,200 with 200, 1 with 503, 2 of them stale; the slowest took 2,000 ms',
    )
    assert.equal(
      describeReads({ statuses: new Map([[200, 1]]), stale: 0, slowestMs: 0.1 }),
      '1 with 200; the slowest took 1 ms',
    )
  })
})
