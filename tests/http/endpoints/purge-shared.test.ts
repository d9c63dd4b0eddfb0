/** Purges of responses that processes share through one tier, and that threads have in memories of their own. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { testApp } from '../../support/test-app.ts'
import { NOTHING, purgeOn } from '../../support/test-purge.ts'
import { threadGroup } from '../../support/thread-group.ts'

const CACHE_CONTROL = 'max-age=60, stale-while-revalidate=60'

/** Processes that share a tier and a source, whose pages count its calls. */
function cluster(headers: Record<string, string> = {}, options: Omit<CachedOptions, 'cache'> = {}) {
  const time = { ms: Date.UTC(2026, 10, 22, 12) }
  const remote = fakeRemoteStore({ now: () => time.ms })
  let calls = 0

  function startProcess(cacheOptions: CacheOptions = {}) {
    const test = testApp({ remote, now: () => time.ms, jitter: 0, ...cacheOptions })
    test.app.get('/*', test.cached(options), (c) => {
      const text = String(++calls)
      const body = headers['content-encoding'] === 'gzip' ? new Uint8Array(gzipSync(text)) : text
      return c.body(body, 200, { 'cache-control': CACHE_CONTROL, ...headers })
    })
    async function page(url: string): Promise<string> {
      const text = await (await test.get(url, { accept: 'x', 'accept-encoding': 'gzip' })).text()
      await test.settled()
      return text
    }
    return { ...test, page, purge: purgeOn(test) }
  }
  return { time, remote, startProcess }
}

const PAGE = 'http://example.com/blog/x'

describe('a purge with a shared tier', () => {
  it('counts and removes what another process has stored', async () => {
    for (const url of [PAGE, 'https://example.com/blog/x']) {
      const { startProcess } = cluster()
      const [one, two] = [startProcess(), startProcess()]
      await one.page(PAGE)
      assert.deepEqual(await two.purge({ urls: [url] }), { ...NOTHING, urls: 1 })
      assert.deepEqual(await two.purge({ urls: [url] }), { ...NOTHING, unmatched: [url] })
      assert.equal(await one.page(PAGE), '2')
      assert.equal(await startProcess().page(PAGE), '2')
    }
  })

  it('removes a page under an origin that a new process has not seen, and says that it found nothing', async () => {
    const stored = 'http://example.com:3000/blog/x'
    for (const body of [{ urls: ['https://example.com/blog/x'] }, { urls: ['/blog/x'] }]) {
      const { startProcess } = cluster()
      const one = startProcess()
      await one.page(stored)
      assert.deepEqual(await startProcess().purge(body), { ...NOTHING, unmatched: body.urls })
      assert.equal(await one.page(stored), '2')
    }
  })

  it('finds the responses of other processes below a path', async () => {
    const { startProcess } = cluster()
    const [one, two] = [startProcess(), startProcess()]
    await one.page(PAGE)
    await one.page('http://example.com/other')
    await two.purge({ prefixes: ['/blog/'] })
    const three = startProcess()
    assert.deepEqual([await three.page(PAGE), await three.page('http://example.com/other')], ['3', '2'])
  })

  it('counts variants that this process knows, and the codings that another process has stored', async () => {
    for (const [headers, counted] of [
      [{ vary: 'accept-encoding', 'content-encoding': 'gzip' }, 1],
      [{ vary: 'accept-encoding' }, 1],
      [{ vary: 'accept' }, 0],
    ] as const) {
      const { startProcess, time } = cluster({ ...headers })
      const one = startProcess()
      await one.page(PAGE) // records the selecting headers
      time.ms += 200_000
      await one.page(PAGE) // stores the variant in the tier
      const unmatched = counted === 1 ? [] : [PAGE]
      assert.deepEqual(await startProcess().purge({ urls: [PAGE] }), { ...NOTHING, urls: counted, unmatched })
      const before = await one.page(PAGE)
      assert.deepEqual(await one.purge({ urls: [PAGE] }), { ...NOTHING, urls: 1 })
      assert.notEqual(await one.page(PAGE), before)
    }
  })

  it('makes responses stale in the tier and in the memories of other processes', async () => {
    for (const body of [{ urls: [PAGE] }, { prefixes: ['/blog/'] }, { all: true }]) {
      const { startProcess, time } = cluster()
      const [one, two] = [startProcess(), startProcess()]
      await one.page(PAGE)
      await two.purge({ ...body, soft: true })
      time.ms += 1000
      const status = async (process: typeof one) => {
        const response = await process.get(PAGE)
        await process.settled()
        return [response.headers.get('cache-status'), await response.text()]
      }
      for (const process of [one, startProcess()]) {
        assert.deepEqual(
          await status(process),
          process === one ? ['hitrate; hit; ttl=-1', '1'] : ['hitrate; hit; ttl=60', '2'],
        )
      }
      const cold = cluster()
      await cold.startProcess().page(PAGE)
      await cold.startProcess().purge({ ...body, soft: true })
      cold.time.ms += 1000
      assert.deepEqual(await status(cold.startProcess()), ['hitrate; hit; ttl=-1', '1'])
    }
  })

  it('says that it is not confirmed while the tier does not answer', async () => {
    const { startProcess, remote } = cluster()
    const one = startProcess()
    await one.page(PAGE)
    remote.mode = 'down'
    const bodies = [{ urls: [PAGE] }, { tags: ['t'] }, { prefixes: ['/'] }, { all: true }]
    for (const body of bodies.flatMap((each) => [each, { ...each, soft: true }])) {
      assert.equal((await one.purge(body)).confirmed, false, JSON.stringify(body))
    }
    remote.mode = 'up'
    await one.cache.close()
  })
})

describe('a purge in several threads', () => {
  it('removes or makes stale the responses in the memory of each thread', async () => {
    for (const body of [{ urls: [PAGE] }, { prefixes: ['/blog/'] }, { all: true }]) {
      for (const soft of [false, true]) {
        const [here, there] = threadGroup(2).buses
        assert.ok(here && there)
        const threads = [here, there].map((invalidationBus) => {
          const test = testApp({ invalidationBus })
          let calls = 0
          test.app.get('/*', test.cached(), (c) =>
            c.text(String(++calls), 200, { 'cache-control': 'max-age=60' }),
          )
          return { ...test, page: async () => (await test.get(PAGE)).text() }
        })
        for (const { page } of threads) await page()
        const [first] = threads
        assert.ok(first)
        await purgeOn(first)({ ...body, ...(soft && { soft }) })
        for (const { page } of threads) assert.equal(await page(), '2')
      }
    }
  })
})
