/** Purges of a test app. */
import assert from 'node:assert/strict'
import { Hono } from 'hono'
import { type Purged, type PurgeOptions, purge } from '../../src/http/endpoints/purge.ts'
import type { TestApp } from './test-app.ts'

/** The result of a purge that concerns nothing. */
export const NOTHING: Purged = {
  urls: 0,
  tags: 0,
  prefixes: 0,
  all: false,
  unreached: [],
  unmatched: [],
  confirmed: true,
}

/**
 * Returns a function that sends a purge to an endpoint of its own, and returns its result.
 *
 * @param url of the endpoint, whose origin a path is tried on first.
 */
export function purgeOn(
  { cache, app }: Pick<TestApp, 'cache' | 'app'>,
  url = 'http://127.0.0.1:3001/purge',
  fetch: PurgeOptions['fetch'] = app.fetch,
): (body: object) => Promise<Purged> {
  const admin = new Hono().post('/purge', purge({ cache, fetch }))
  return async (body) => {
    const headers = { 'content-type': 'application/json' }
    const response = await admin.request(url, { method: 'POST', headers, body: JSON.stringify(body) })
    assert.equal(response.status, 200, await response.clone().text())
    return (await response.json()) as Purged
  }
}
