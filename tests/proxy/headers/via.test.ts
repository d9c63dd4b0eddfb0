import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLoop, pseudonymOf, withVia } from '../../../src/proxy/headers/via.ts'

const own = pseudonymOf('1a2b')

describe('Via', () => {
  it('a proxy is added after those before it', () => {
    assert.equal(withVia(null, own), '1.1 hitrate-1a2b')
    assert.equal(withVia('1.0 fred, 1.1 p.example', own), '1.0 fred, 1.1 p.example, 1.1 hitrate-1a2b')
  })

  it('a request that has passed this proxy is a loop, one of another proxy is none', () => {
    assert.equal(isLoop(null, own), false)
    assert.equal(isLoop('1.1 hitrate-ffff', own), false)
    assert.equal(isLoop('1.1 hitrate-1a2bc', own), false)
    assert.equal(isLoop('1.0 fred, 1.1 hitrate-1a2b (comment), 1.1 other', own), true)
  })

  it('a request that has passed ten such proxies is a loop through several', () => {
    const proxies = (count: number) => Array.from({ length: count }, (_, i) => `1.1 hitrate-${i}`).join(', ')
    assert.equal(isLoop(proxies(9), own), false)
    assert.equal(isLoop(proxies(10), own), true)
  })
})
