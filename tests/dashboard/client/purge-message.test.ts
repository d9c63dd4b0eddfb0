import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { missingItems, purgeMessage } from '../../../src/dashboard/client/purge-message.ts'

describe('missingItems', () => {
  it('asks for an item', () => {
    assert.equal(missingItems('tags', ' \n'), 'Write at least one tag.')
    assert.equal(missingItems('tags', 'a\n'), undefined)
  })

  it('needs no items for everything', () => {
    assert.equal(missingItems('all', ''), undefined)
  })
})

describe('purgeMessage', () => {
  const none = { urls: 0, tags: 0, prefixes: 0, all: false, unreached: [], unmatched: [], confirmed: true }

  it('says what was purged', () => {
    assert.equal(purgeMessage(200, { ...none, urls: 1, tags: 2 }, false), 'Purged: 1 URL, 2 tags.')
    assert.equal(purgeMessage(200, { ...none, all: true }, true), 'Made stale: everything.')
  })

  it('says what had no stored response, what reached no cache, and what is not confirmed', () => {
    assert.equal(
      purgeMessage(200, { ...none, unmatched: ['/a'], unreached: ['/b', '/c'], confirmed: false }, false),
      'Nothing was stored. 1 URL had no stored response. 2 URLs reached no cache. ' +
        'Not confirmed by the shared tier or another process yet.',
    )
  })

  it('says why nothing was purged', () => {
    assert.equal(purgeMessage(401, {}, false), 'Not purged: the token is wrong.')
    assert.equal(purgeMessage(502, {}, false), 'Not purged: the server answers 502.')
    assert.equal(
      purgeMessage(400, { detail: 'x', errors: [{ field: 'urls.0', message: 'must begin with /' }] }, false),
      'Not purged: urls.0 must begin with /',
    )
  })
})
