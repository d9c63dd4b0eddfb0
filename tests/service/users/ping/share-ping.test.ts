import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inMemoryRepository } from '../../../../src/service/users/in-memory.ts'
import { sharePing } from '../../../../src/service/users/ping/share-ping.ts'
import { describeRepository } from '../contract.ts'

describeRepository('a repository with a shared ping', (now) =>
  sharePing(inMemoryRepository(undefined, { now })),
)

describe('a shared ping', () => {
  /** `end` ends the ping in progress, with the error if there is one. */
  function open() {
    const calls: PromiseWithResolvers<void>[] = []
    let now = 0
    function ping(): Promise<void> {
      const call = Promise.withResolvers<void>()
      calls.push(call)
      return call.promise
    }
    const shared = sharePing({ ...inMemoryRepository(), ping }, () => now)
    return {
      ping: () => shared.ping(),
      calls,
      async end(error?: Error) {
        if (error === undefined) calls.at(-1)?.resolve()
        else calls.at(-1)?.reject(error)
        await new Promise((resolve) => setImmediate(resolve))
      },
      advance(ms: number) {
        now += ms
      },
    }
  }

  it('serves all callers during it, however long it takes, and those of the next second', async () => {
    const { ping, calls, end, advance } = open()
    const first = [ping(), ping()]
    advance(5000)
    first.push(ping())
    await end()
    await Promise.all(first)
    advance(999)
    await ping()
    assert.equal(calls.length, 1)
    advance(1)
    const next = ping()
    await end()
    await next
    assert.equal(calls.length, 2)
  })

  it('gives its error to the callers of the next second, and no longer', async () => {
    const { ping, end, advance } = open()
    const lost = new Error('lost')
    const first = assert.rejects(ping(), lost)
    await end(lost)
    await first
    advance(999)
    await assert.rejects(ping(), lost)
    advance(1)
    const next = ping()
    await end()
    await next
  })
})
