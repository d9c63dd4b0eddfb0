/** The runtime's timers. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { runtimeTimers } from '../../../../../src/stores/memcached/client/timing/timers.ts'

describe('the runtime timers', { timeout: 10_000 }, () => {
  it('a timer calls its function once', async () => {
    let calls = 0
    await new Promise<void>((resolve) => {
      runtimeTimers.after(1, () => {
        calls++
        resolve()
      })
      keepRunning()
    })
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(calls, 1)
  })

  it('a cancelled timer calls nothing', async () => {
    let isCalled = false
    const cancel = runtimeTimers.after(1, () => {
      isCalled = true
    })
    cancel()
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(isCalled, false)
  })

  it('a timer of a year does not fire at once', async () => {
    let isCalled = false
    const cancel = runtimeTimers.after(365 * 24 * 3_600_000, () => {
      isCalled = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    cancel()
    assert.equal(isCalled, false)
  })

  it('input that arrived while the process was busy comes before the timer', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    const accepted = once(server, 'connection')
    const socket = connect(address.port, '127.0.0.1')
    const [peer]: Socket[] = await accepted
    const events: string[] = []
    socket.on('data', () => events.push('input'))
    const fired = new Promise<void>((resolve) => {
      runtimeTimers.after(10, () => {
        events.push('timer')
        resolve()
      })
    })
    peer?.write('input')
    const busyUntil = performance.now() + 30
    while (performance.now() < busyUntil);
    await fired
    socket.destroy()
    server.close()
    assert.deepEqual(events, ['input', 'timer'])
  })
})

/** The timers of the client do not keep the process running. */
function keepRunning(): void {
  setTimeout(() => {}, 50)
}
