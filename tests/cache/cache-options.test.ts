/** Options of a cache and of its methods: misspelt names and wrong types throw where they are passed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../src/cache/create-cache.ts'
import { loaded } from '../../src/cache/lifetime.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

/** Options from a caller without types. */
const untyped = (options: object) => options as never

describe('createCache', () => {
  for (const [options, message] of [
    [{ memry: memoryStore() }, 'createCache: unknown option "memry"; did you mean "memory"?'],
    [{ memory: {} }, 'createCache: memory must be a memory store such as memoryStore(), got an object'],
    [
      { remote: 'redis://' },
      'createCache: remote must be a shared tier such as redisStore(), or sharedTier() of a store of your own, got "redis://"',
    ],
    [{ siblings: {} }, /^createCache: unknown option "siblings"; /],
    [
      { invalidationBus: { publish() {} } },
      'createCache: invalidationBus must be an invalidation bus such as sharedMemoryBus(), got an object',
    ],
    [{ enabled: 'off' }, 'createCache: enabled must be a boolean, got "off"'],
    [{ onEvent: null }, 'createCache: onEvent must be a function, got null'],
    [{ remoteTimeoutMs: '50' }, 'createCache: remoteTimeoutMs must be a number of milliseconds, got "50"'],
  ] as const) {
    it(`createCache rejects ${Object.keys(options)}: ${message}`, () => {
      assert.throws(() => createCache(untyped(options)), { name: 'TypeError', message })
    })
  }

  for (const option of ['remoteTimeoutMs', 'leaseMs', 'maxUnsyncedMs']) {
    it(`createCache rejects ${option} unless it is positive`, () => {
      assert.throws(() => createCache({ name: 'users', [option]: 0 }), {
        name: 'RangeError',
        message: `cache users: ${option} must be a positive number, got 0`,
      })
    })
  }
})

describe('the options of a read', () => {
  const cases: [options: object, message: string | RegExp][] = [
    [{ ttlMs: '60000' }, 'ttlMs must be a number of milliseconds, got "60000"'],
    [{ ttlMs: 10n }, 'ttlMs must be a number of milliseconds, got 10'],
    [{ tags: 'abc' }, 'tags must be an array of strings, got "abc"'],
    [{ tags: [null] }, 'tags must be an array of strings, got an array'],
    [{ strategy: 'refesh' }, /^cache\.\w+: strategy must be "fresh" or .*, got "refesh"$/],
    [{ ttl: 60 }, 'unknown option "ttl"; did you mean "ttlMs"?'],
    [{ softDeadlineMs: 5 }, /unknown option "softDeadlineMs"/],
    [{ codec: JSON }, 'codec must be a codec with encode and decode, got an object'],
    [{ retry: { attempts: 3, retryable: true } }, /retry: retryable must be a function, got true$/],
    [{ retry: { attempts: 3 } }, /retry: retryable must be a function, got undefined$/],
    [{ retry: { atempts: 3 } }, /retry: unknown option "atempts"; did you mean "attempts"\?$/],
  ]
  for (const [options, message] of cases) {
    for (const method of ['read', 'readMany'] as const) {
      it(`the options of ${method} are checked: ${message}`, async () => {
        const cache = createCache({ memory: memoryStore() })
        let loads = 0
        const read =
          method === 'read'
            ? cache.read('k', () => ++loads, untyped(options))
            : cache.readMany(['k'], () => [['k', ++loads]], untyped(options))
        const expected = typeof message === 'string' ? `cache.${method}: ${message}` : message
        await assert.rejects(read, { name: 'TypeError', message: expected })
        assert.equal(loads, 0)
      })
    }
  }

  it('the options of a read are checked before a hit is served', async () => {
    const cache = createCache({ memory: memoryStore() })
    await cache.write('k', 'v')
    await assert.rejects(
      cache.read('k', () => 'v', untyped({ strategy: 'refesh' })),
      TypeError,
    )
  })
})

describe('the keys and tags of a method', () => {
  const cache = createCache({ memory: memoryStore() })

  it('must be an array: a string is no list of its characters', async () => {
    const calls = {
      'cache.readMany: keys must be an array, got "abc"': () =>
        cache.readMany('abc' as never, () => new Map()),
      'cache.deleteMany: keys must be an array, got "abc"': () => cache.deleteMany('abc' as never),
      'cache.invalidateTags: tags must be an array of strings, got "abc"': () =>
        cache.invalidateTags('abc' as never),
      'cache.invalidateTags: tags must be an array of strings, got an array': () =>
        cache.invalidateTags(['a', 1] as never),
    }
    for (const [message, call] of Object.entries(calls)) {
      await assert.rejects(async () => await call(), new TypeError(message))
    }
  })
})

describe('the options of other methods', () => {
  for (const [options, message] of [
    [{ ttl: 5 }, 'unknown option "ttl"; did you mean "ttlMs"?'],
    [{ ttlMs: '60000' }, 'ttlMs must be a number of milliseconds, got "60000"'],
    [{ ttlMs: 10n }, 'ttlMs must be a number of milliseconds, got 10'],
    [{ tags: 'abc' }, 'tags must be an array of strings, got "abc"'],
    [{ tags: [null] }, 'tags must be an array of strings, got an array'],
  ] as const) {
    it(`the options of write are checked before anything is stored: ${message}`, async () => {
      const cache = createCache({ memory: memoryStore() })
      await cache.write('k', 'old')
      const expected = { name: 'TypeError', message: `cache.write: ${message}` }
      await assert.rejects(cache.write('k', 'new', untyped(options)), expected)
      assert.equal(cache.peek('k')?.value, 'old')
    })
  }

  it('the options of loaded are checked', () => {
    assert.throws(() => loaded('v', untyped({ leave: true })), /^TypeError: loaded: unknown option "leave"/)
    assert.throws(() => loaded('v', untyped({ keep: 7 })), {
      message: 'loaded: keep must be a boolean or a key, got 7',
    })
  })

  it('the options of an entity are checked', () => {
    const cache = createCache({ memory: memoryStore() })
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
    } as const
    assert.throws(() => cache.entity(untyped({ name: 'user', schema, load: () => null, absentTtl: 5 })), {
      name: 'TypeError',
      message: 'entity user: unknown option "absentTtl"; did you mean "absentTtlMs"?',
    })
  })
})
