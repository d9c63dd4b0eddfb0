import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EVERY_MS, Feed, MAX_PAUSE_MS, TIMEOUT_MS } from '../../../src/dashboard/client/feed.ts'
import type { DashboardData } from '../../../src/dashboard/data/dashboard-data.ts'
import { dashboardData, NOW } from '../../support/dashboard/sample-data.ts'

interface Timer {
  ms: number
  call: () => void
}

/** A feed with its server and its timers. */
function openFeed() {
  const timers = new Set<Timer>()
  const requests: {
    since: number | undefined
    signal: AbortSignal
    answer: (data: DashboardData) => void
    fail: () => void
  }[] = []
  const log: string[] = []
  const feed = new Feed({
    load: (since, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        requests.push({ since, signal, answer: resolve, fail: () => reject(new Error('refused')) })
      }),
    onData: ({ title }) => log.push(title),
    onFailure: ({ retryInMs }) => log.push(`failed, ${retryInMs}`),
    setTimer(call, ms) {
      const timer = { call, ms }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  })
  return {
    feed,
    log,
    requests,
    timers: () => [...timers].map(({ ms }) => ms),
    async settle(act: () => void) {
      act()
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    },
    fire(ms: number) {
      const timer = [...timers].find((one) => one.ms === ms) ?? assert.fail(`no timer of ${ms} ms`)
      timers.delete(timer)
      timer.call()
    },
  }
}

describe('Feed', () => {
  it('fetches at once, then 2 s after each answer, from the newest sample on', async () => {
    const { feed, requests, settle, fire, timers, log } = openFeed()
    feed.start()
    assert.deepEqual(timers(), [TIMEOUT_MS])
    await settle(() => requests[0]?.answer(dashboardData()))
    assert.deepEqual([log, timers()], [['hitrate'], [EVERY_MS]])
    fire(EVERY_MS)
    assert.deepEqual(
      requests.map(({ since }) => since),
      [undefined, NOW],
    )
  })

  it('fetches all samples after the clock of the server was set back', async () => {
    const { feed, requests, settle, fire } = openFeed()
    feed.start()
    await settle(() => requests[0]?.answer(dashboardData()))
    fire(EVERY_MS)
    const setBack = dashboardData({ at: NOW - 60_000, history: { everyMs: 2000, samples: [] } })
    await settle(() => requests[1]?.answer(setBack))
    fire(EVERY_MS)
    assert.deepEqual(
      requests.map(({ since }) => since),
      [undefined, NOW, undefined],
    )
  })

  it('waits longer after each failure, and recovers', async () => {
    const { feed, requests, settle, fire, log, timers } = openFeed()
    feed.start()
    for (const pause of [2000, 4000, 8000, 16_000, MAX_PAUSE_MS, MAX_PAUSE_MS]) {
      await settle(() => requests.at(-1)?.fail())
      assert.equal(log.at(-1), `failed, ${pause}`)
      fire(pause)
    }
    await settle(() => requests.at(-1)?.answer(dashboardData({ title: 'back' })))
    assert.deepEqual([log.at(-1), timers()], ['back', [EVERY_MS]])
    fire(EVERY_MS)
    await settle(() => requests.at(-1)?.fail())
    assert.equal(log.at(-1), 'failed, 2000')
  })

  it('gives up on an answer that takes too long', async () => {
    const { feed, settle, fire, log, timers } = openFeed()
    feed.start()
    await settle(() => fire(TIMEOUT_MS))
    assert.deepEqual([log, timers()], [['failed, 2000'], [2000]])
  })

  it('stops: no timer stays, the running request is aborted, and its answer is ignored', async () => {
    const { feed, requests, settle, log, timers } = openFeed()
    feed.start()
    await settle(() => feed.stop())
    assert.equal(requests[0]?.signal.aborted, true)
    await settle(() => requests[0]?.answer(dashboardData()))
    assert.deepEqual([log, timers()], [[], []])
  })

  it('starts again at once, and only once', async () => {
    const { feed, requests, settle, timers } = openFeed()
    feed.start()
    feed.start()
    assert.equal(requests.length, 1)
    await settle(() => requests[0]?.answer(dashboardData()))
    feed.stop()
    assert.deepEqual(timers(), [])
    feed.start()
    assert.equal(requests.length, 2)
  })

  it('fails if the page cannot show the data', async () => {
    const { feed, requests, settle, log } = openFeed()
    feed.start()
    await settle(() => requests[0]?.answer({} as DashboardData))
    assert.deepEqual(log, ['failed, 2000'])
  })
})
