import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectionText } from '../../../src/dashboard/client/connection-text.ts'

const old = { state: 'old', forMs: 12_000, retryInMs: 8000 } as const
const plain = (text: string) => text.replaceAll('\u202f', ' ')

describe('connectionText', () => {
  it('says how old the figures are, and when the next try is', () => {
    assert.equal(
      plain(connectionText(old)),
      'The server does not answer. Figures are 12 s old; next try in 8 s.',
    )
  })

  it('names the status of an error', () => {
    assert.match(connectionText({ ...old, status: 503 }), /^The server answers 503\. /)
    assert.match(connectionText({ ...old, status: 401 }), /^The server wants a token: reload the page\. /)
  })

  it('is short while all is well', () => {
    assert.equal(connectionText({ state: 'live' }), 'Live')
  })
})
