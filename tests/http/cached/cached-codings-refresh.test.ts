/** Content codings while entries expire: each refresh ends, whatever coding the handler makes this time. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acceptedCodings, weightOf } from '../../../src/http/fields/accept-encoding.ts'
import { coded, codedApp, get, lists } from '../../support/coded-app.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { testApp } from '../../support/test-app.ts'

const SWR = 'max-age=60, stale-while-revalidate=600'

describe('a refresh whose response has another coding', () => {
  it('in the background, replaces the stale entry for clients that accept both', async () => {
    const app = codedApp(['br', 'gzip'], SWR)
    await get(app, 'gzip')
    app.clock.ms += 61_000
    assert.equal((await get(app, 'gzip, br')).coding, 'gzip', 'stale')
    await app.settled()
    assert.deepEqual(app.requests, ['gzip', 'gzip, br'])
    for (let i = 0; i < 3; i++) assert.equal((await get(app, 'gzip, br')).status, 'hitrate; hit; ttl=60')
    await app.settled()
    assert.equal(app.requests.length, 2, 'no refresh per request')
    assert.equal(
      (await get(app, 'gzip')).status,
      'hitrate; hit; ttl=-1',
      'still stored, and refreshed for these clients',
    )
    await app.settled()
    assert.equal((await get(app, 'gzip')).status, 'hitrate; hit; ttl=60')
    assert.equal((await get(app, 'gzip, br')).coding, 'br')
    assert.equal(app.requests.length, 3)
  })

  it('replaces the stale entry when the handler no longer makes its coding', async () => {
    for (const cacheControl of [SWR, 'max-age=60']) {
      const codings = ['gzip']
      const app = codedApp(codings, cacheControl)
      await get(app, 'gzip')
      app.clock.ms += 61_000
      codings.length = 0
      for (let i = 0; i < 4; i++) {
        await get(app, 'gzip, br')
        await app.settled()
      }
      assert.equal(app.requests.length, 2, cacheControl)
      assert.deepEqual([(await get(app, 'gzip')).coding, (await get(app, 'gzip')).isHit], [null, true])
      codings.push('gzip')
      app.clock.ms += 61_000
      await get(app, 'gzip')
      await app.settled()
      assert.equal((await get(app, 'gzip')).coding, 'gzip', 'made again')
    }
  })

  it('replaces the stale entry when the handler ignores the weights', async () => {
    const app = codedApp([])
    app.app.get('/naive', app.cached(), (c) => {
      app.requests.push('naive')
      const field = c.req.header('accept-encoding')
      return coded(c, field?.includes('br') ? 'br' : field?.includes('gzip') ? 'gzip' : 'identity', SWR)
    })
    const naive = (accepted?: string) => get(app, accepted, {}, '/naive')
    await naive('gzip')
    app.clock.ms += 61_000
    for (let i = 0; i < 4; i++) {
      await naive('gzip, br;q=0.5')
      await app.settled()
    }
    assert.equal(app.requests.length, 2)
    assert.equal((await naive('gzip, br;q=0.5')).coding, 'br')
  })

  it('of a failure keeps the stale entry that stands in for it', async () => {
    const app = codedApp([])
    let isDown = false
    app.app.get('/down', app.cached(), (c) => {
      if (isDown) return c.text('down', 503, { vary: 'Accept-Encoding', 'cache-control': 'max-age=5' })
      return coded(
        c,
        lists(c.req.header('accept-encoding'), 'gzip') ? 'gzip' : 'identity',
        'max-age=60, stale-if-error=600',
      )
    })
    const down = () => get(app, 'gzip', {}, '/down')
    await down()
    isDown = true
    app.clock.ms += 61_000
    for (let i = 0; i < 3; i++) {
      const { response, coding } = await down()
      assert.deepEqual([response.status, coding], [200, 'gzip'])
      app.clock.ms += 10_000
    }
  })

  it('any sequence of headers, codings and pauses: right codings, and never a load per request', async () => {
    const seed = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.log(`HITRATE_SEED=${seed}`)
    const random = seededRandom(seed)
    const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const FIELDS = [
      'gzip',
      'br',
      'gzip, br',
      'br, gzip;q=0.5',
      'gzip;q=0.5',
      'identity',
      'GZIP',
      '*',
      'gzip;q=0',
      'x',
      undefined,
    ]
    const MADE = [[], ['gzip'], ['br', 'gzip'], ['gzip', 'br'], ['br'], ['x']]
    for (let round = 0; round < 20; round++) {
      const codings = [...any(MADE)]
      const app = codedApp(codings, any([SWR, 'max-age=60', 'max-age=60, stale-if-error=100']))
      for (let i = 0; i < 60; i++) {
        const [field, runs] = [any(FIELDS), app.requests.length]
        const { coding, isHit, text } = await get(app, field)
        await app.settled()
        const label = `${field} of ${codings}`
        assert.equal(text, coding ?? 'identity', label)
        if (isHit) assert.ok(weightOf(acceptedCodings(field), coding ?? 'identity') > 0, label)
        const again = await get(app, field)
        await app.settled()
        assert.equal(again.isHit, true, label)
        assert.ok(app.requests.length <= runs + 1, label)
        app.clock.ms += any([0, 0, 0, 61_000, 200_000])
        if (random() < 0.1) codings.splice(0, 9, ...any(MADE))
      }
    }
  })
})

describe('coalescing of different headers', () => {
  it('waiters whose coding was not made share one further load', async () => {
    const nobody = Array.from({ length: 20 }, () => undefined)
    for (const isKnown of [true, false]) {
      const app = codedApp(['br', 'gzip'])
      if (isKnown) await get(app, 'zstd') // from here on, the route is known to vary
      await app.cache.clear()
      const fields = [...(isKnown ? [] : ['gzip']), 'br', ...nobody, 'gzip', 'gzip']
      const codings = await Promise.all(fields.map(async (field) => (await get(app, field)).coding))
      assert.deepEqual([...new Set(codings)].sort(), ['br', 'gzip', null])
      assert.equal(app.requests.length, isKnown ? 1 + 3 : 3)
    }
  })

  it('each crowd, whatever its headers, runs the handler once per coding at most', async () => {
    const seed = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.log(`HITRATE_SEED=${seed}`)
    const random = seededRandom(seed)
    const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const fields = ['gzip', 'br', 'gzip, br', 'br;q=0.5, gzip', 'identity', undefined, 'x', '*', 'zstd']
    for (let round = 0; round < 40; round++) {
      const app = codedApp([...any([['br', 'gzip'], ['gzip'], ['gzip', 'br'], ['br']])])
      if (random() < 0.5) await get(app, any(fields))
      if (random() < 0.5) app.clock.ms += 61_000
      const before = app.requests.length
      const crowd = Array.from({ length: 40 }, () => any(fields))
      await Promise.all(
        crowd.map(async (field) => {
          const { coding, text } = await get(app, field)
          assert.equal(text, coding ?? 'identity')
          assert.ok(weightOf(acceptedCodings(field), coding ?? 'identity') > 0, String(field))
        }),
      )
      assert.ok(app.requests.length - before <= 5, `${app.requests.length - before} runs for ${crowd}`)
    }
  })
})

describe('codings in a shared tier', () => {
  it('a process serves the codings that another one has stored', async () => {
    const time = { ms: Date.UTC(2026, 10, 22, 12) }
    const remote = fakeRemoteStore({ now: () => time.ms })
    let runs = 0
    function startProcess() {
      const test = testApp({ remote, now: () => time.ms, jitter: 0 })
      test.app.get('/x', test.cached(), (c) => {
        runs++
        return coded(c, lists(c.req.header('accept-encoding'), 'gzip') ? 'gzip' : 'identity', 'max-age=60')
      })
      return test
    }
    const [one, two] = [startProcess(), startProcess()]
    // The first response of a resource is for this process alone: until then, its Vary is unknown.
    for (const process of [one, two]) await get(process, 'zstd')
    for (const field of ['gzip, br', undefined]) {
      await get(one, field)
      await one.settled()
    }
    assert.equal(runs, 3)
    for (const field of ['gzip', 'deflate, gzip', undefined, 'br']) {
      const { isHit, coding, text } = await get(two, field)
      assert.equal(isHit, true, String(field))
      assert.equal(text, coding ?? 'identity')
      assert.equal(coding, field?.includes('gzip') ? 'gzip' : null)
    }
    assert.equal(runs, 3)
  })
})
