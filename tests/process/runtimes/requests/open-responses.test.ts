import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { OpenResponses } from '../../../../src/process/runtimes/requests/open-responses.ts'

describe('OpenResponses', () => {
  it('counts a response of a listener until it is closed', () => {
    const responses = new OpenResponses()
    const outgoing = new EventEmitter()
    const listener = responses.ofListener(() => 'called')
    // The listener reads no more of them.
    assert.equal(listener({} as IncomingMessage, outgoing as ServerResponse), 'called')
    assert.equal(responses.count, 1)
    outgoing.emit('close')
    assert.equal(responses.count, 0)
  })

  it('counts a miss until it is written, and no request that the HTTP server serves', async () => {
    const responses = new OpenResponses()
    const written = Promise.withResolvers<boolean>()
    const results = [written.promise, undefined]
    const serveMiss = responses.ofMisses(() => results.shift())
    const call = () => serveMiss({} as never, 'http://localhost/', new Headers(), () => '')
    const served = call()
    assert.equal(call(), undefined)
    assert.equal(responses.count, 1)
    written.resolve(true)
    assert.equal(await served, true)
    assert.equal(responses.count, 0)
  })
})
