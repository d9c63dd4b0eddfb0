/** Loads that would wait for themselves: an error that names the key, where the runtime can find it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { RunningLoad, RunningLoads } from '../../../src/cache/loading/running-loads.ts'
import type { Read } from '../../../src/cache/read.ts'
import { AsyncContext } from '../../../src/node-builtins.ts'
import { flush, mustNotLoad, resultOf, testCache } from '../../support/test-cache.ts'

const withoutContext = AsyncContext === undefined && 'this runtime has no cheap AsyncLocalStorage'

const error = (key: string, through = '') => ({
  name: 'TypeError',
  message: `cache hitrate: the load of "${key}" reads its own key${through}`,
})

/** A read whose load reads the next key of the list, at once or after an `await`. */
function chain(
  read: ReturnType<typeof testCache>['cache']['read'],
  isAsync: boolean,
  keys: readonly string[],
) {
  const [key = '', ...rest] = keys
  return read(key, async (): Promise<string> => {
    if (isAsync) await null
    return rest.length === 0 ? key : (await chain(read, isAsync, rest)).value
  }) as Promise<Read<string>>
}

for (const isAsync of [false, true]) {
  const when = isAsync ? 'after an await' : 'before its first await'
  const skip = isAsync && withoutContext

  describe(`a load that reads keys ${when}`, () => {
    it('a load that reads its own key rejects with an error that names the key', { skip }, async () => {
      const { cache, outcomes } = testCache()
      await assert.rejects(chain(cache.read, isAsync, ['k', 'k']), error('k'))
      assert.deepEqual(outcomes(), ['error', 'error'])
      assert.deepEqual(await resultOf(cache.read('k', () => 'v')), ['miss', 'v'])
    })

    it('a load that reads its own key through other keys rejects with an error that names them', {
      skip,
    }, async () => {
      const { cache } = testCache({ namespace: 'ns' })
      await assert.rejects(
        chain(cache.read, isAsync, ['a', 'b', 'c', 'a']),
        withoutContext ? TypeError : error('ns:a', ' through "ns:b", through "ns:c"'),
      )
    })

    it('a load that reads other keys, each twice, returns', async () => {
      const { cache } = testCache()
      const reads = await Promise.all([
        chain(cache.read, isAsync, ['a', 'b', 'c']),
        chain(cache.read, isAsync, ['d', 'b', 'c']),
        chain(cache.read, isAsync, ['a', 'c']),
      ])
      assert.deepEqual(
        reads.map(({ value }) => value),
        ['c', 'c', 'c'],
      )
    })

    it('a load may read its own key with the strategy bypass', async () => {
      const { cache } = testCache()
      const load = async () => {
        if (isAsync) await null
        return (await cache.read('k', () => 'v', { strategy: 'bypass' })).value
      }
      assert.deepEqual(await resultOf(cache.read('k', load)), ['miss', 'v'])
    })

    it('a load may read its own key after it has invalidated it', async () => {
      const { cache } = testCache()
      const load = async () => {
        if (isAsync) await null
        cache.delete('k')
        return (await cache.read('k', () => 'v')).value
      }
      assert.deepEqual(await resultOf(cache.read('k', load)), ['miss', 'v'])
    })

    it('a background refresh may read the stale value of its own key, and starts one load', async () => {
      const { cache, advance, events } = testCache()
      const options = { ttlMs: 10, staleWhileRevalidateMs: 10 }
      await cache.write('k', 1, options)
      advance(10)
      const load = async (): Promise<number> => {
        if (isAsync) await null
        return (await cache.read('k', load, options)).value + 1
      }
      assert.deepEqual(await resultOf(cache.read('k', load, options)), ['stale', 1])
      await flush()
      assert.equal(cache.lookup('k')?.value, 2)
      assert.equal(events.filter(({ type }) => type === 'load').length, 1)
    })

    it('a load of many keys that reads one of them rejects with an error that names the key', {
      skip: withoutContext,
    }, async () => {
      const { cache } = testCache()
      const loadMany = async () => {
        if (isAsync) await null
        return [['a', (await cache.read('b', mustNotLoad)).value]] as const
      }
      await assert.rejects(cache.readMany(['a', 'b', 'c'], loadMany), error('b'))
    })
  })
}

describe('a load that reads keys', { skip: withoutContext }, () => {
  it('two loads that read each other reject instead of waiting for ever', async () => {
    const { cache } = testCache()
    const one = chain(cache.read, true, ['a', 'b'])
    const other = chain(cache.read, true, ['b', 'a'])
    await assert.rejects(one, error('a', ' through "b"'))
    await assert.rejects(other, error('a', ' through "b"'))
  })

  it('a load that reads its own key through another cache rejects', async () => {
    const { cache } = testCache()
    const other = createCache({})
    const load = async () => {
      await null
      return (await other.read('k', async () => (await cache.read('k', mustNotLoad)).value)).value
    }
    await assert.rejects(cache.read('k', load), error('k'))
  })

  it('a background refresh may read the key of the load in which it began', async () => {
    const { cache, advance } = testCache()
    const options = { ttlMs: 10, staleWhileRevalidateMs: 10 }
    await cache.write('b', 'old', options)
    advance(10)
    const refresh = async () => `b of ${(await cache.read('a', mustNotLoad)).value}`
    const a = cache.read('a', async () => {
      await null
      const { value } = await cache.read('b', refresh, options)
      await flush()
      return `a of ${value}`
    })
    assert.equal((await a).value, 'a of old')
    await flush()
    assert.equal(cache.lookup('b')?.value, 'b of a of old')
  })

  it('code that a load has started may read its key after the load has ended', async () => {
    const { cache } = testCache()
    const started = Promise.withResolvers<Read<string>>()
    await cache.read('k', async () => {
      void flush().then(() => started.resolve(cache.read('k', () => 'later')))
      return 'v'
    })
    await cache.delete('k')
    assert.deepEqual(await resultOf(started.promise), ['miss', 'later'])
  })

  it('a load may join a load that joined it before, once that one no longer waits', async () => {
    const loads = new RunningLoads('x')
    const [a, b] = [new RunningLoad('a'), new RunningLoad('b')]
    a.isStarting = false
    b.isStarting = false
    const leave = loads.run([a], () => loads.join(b), undefined)
    assert.throws(
      () => loads.run([b], () => loads.join(a), undefined),
      /the load of "a" reads its own key through "b"/,
    )
    leave()
    loads.run([b], () => loads.join(a), undefined)()
    assert.deepEqual([a.waiters, b.waiters], [[], []])
  })
})
