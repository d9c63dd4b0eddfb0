/** Wrapped functions: reads under a key of the arguments. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { DeadlineError } from '../../../src/cache/loading/deadline-error.ts'
import type { Wrapped } from '../../../src/cache/wrap/wrapped.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { flush, testCache } from '../../support/test-cache.ts'

const schema = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const

/** A function that counts its calls. */
function counted() {
  const calls: unknown[][] = []
  function find(id: string, options: { page?: number } = {}): string {
    calls.push([id, options])
    return `${id} ${options.page ?? 1} v${calls.length}`
  }
  return { find, calls }
}

describe('a wrapped function', () => {
  it('returns the stored value of its arguments, or calls the function', async () => {
    const { cache, outcomes } = testCache()
    const { find, calls } = counted()
    const cachedFind = cache.wrap(find, { ttlMs: 1000 })
    assert.equal(await cachedFind('a'), 'a 1 v1')
    assert.equal(await cachedFind('a'), 'a 1 v1')
    assert.equal(await cachedFind('a', { page: 2 }), 'a 2 v2')
    assert.equal(await cachedFind('a', { page: 2 }), 'a 2 v2')
    assert.equal(await cachedFind('a', undefined), 'a 1 v1')
    assert.equal(calls.length, 2)
    assert.deepEqual(outcomes(), ['miss', 'hit', 'miss', 'hit', 'hit'])
  })

  it('has the types of the function, and returns a promise', async () => {
    const { cache } = testCache()
    const plain = cache.wrap((n: number) => n + 1, { name: 'plain' })
    const asynchronous = cache.wrap(async (id: string, n?: number) => ({ id, n: n ?? 1 }), {
      name: 'asynchronous',
    })
    const withOptions = cache.wrap((id: string) => loaded([id], { ttlMs: 5 }), { name: 'with options' })
    const typed: Wrapped<[n: number], number> = plain
    const sum: number = await typed(1)
    const { id, n }: { id: string; n: number } = await asynchronous('a')
    const list: string[] = await withOptions('b')
    assert.deepEqual([sum, id, n, list], [2, 'a', 1, ['b']])
    // @ts-expect-error a number is not a string
    await asynchronous(1)
    // @ts-expect-error the options of one read have no place here
    assert.throws(() => cache.wrap(async () => 1, { name: 'strategy', strategy: 'fresh' }), TypeError)
  })

  it('shares one call between concurrent callers, and passes its error on unchanged', async () => {
    const { cache } = testCache()
    const error = new Error('down')
    let calls = 0
    async function fail(): Promise<string> {
      calls++
      throw error
    }
    const wrapped = cache.wrap(fail)
    const results = await Promise.allSettled([wrapped(), wrapped(), wrapped()])
    assert.deepEqual(results, Array(3).fill({ status: 'rejected', reason: error }))
    assert.equal(calls, 1)
  })

  it('has the options of a read, over the defaults of the cache', async () => {
    const { cache, advance } = testCache({ ttlMs: 50, staleIfErrorMs: 7 })
    let version = 0
    const never = cache.wrap(() => new Promise(() => {}), { name: 'never', hardTimeoutMs: 20 })
    const next = cache.wrap(() => ++version, { name: 'next', ttlMs: [100, 150] })
    const byDefault = cache.wrap(() => ++version, { name: 'by default' })
    const refused = assert.rejects(never(), DeadlineError)
    assert.equal((await byDefault.read()).expiresInMs, 50)
    await next()
    advance(120)
    await refused
    assert.equal((await next.read()).outcome, 'stale')
    await flush()
    assert.deepEqual([(await next.read()).outcome, await next()], ['hit', 3])
  })

  it('works without shared promises, as on Workers, and keeps its background work alive', async () => {
    const { cache, advance } = testCache({ coalesce: false })
    const work: Promise<unknown>[] = []
    let version = 0
    const options = {
      name: 'next',
      ttlMs: [10, 100],
      waitUntil: (pending: Promise<unknown>) => work.push(pending),
    } as const
    const wrapped = cache.wrap(async () => ++version, options)
    await Promise.all([wrapped(), wrapped()])
    advance(20)
    assert.equal((await wrapped.read()).outcome, 'stale')
    await Promise.all(work)
    assert.equal((await wrapped.read()).outcome, 'hit')
    assert.equal(version, 3)
  })

  it('read returns the outcome too', async () => {
    const { cache } = testCache()
    const wrapped = cache.wrap(counted().find)
    assert.equal((await wrapped.read('a')).outcome, 'miss')
    assert.equal((await wrapped.read('a')).tier, 'memory')
  })

  it('makes keys of its name and the arguments', () => {
    const { cache } = testCache()
    const { find } = counted()
    assert.equal(cache.wrap(find).key('a', { page: 2 }), 'find:a:~{page~=~n2~,~}')
    assert.equal(cache.wrap(find, { name: 'users' }).key('a'), 'users:a')
  })

  it('makes keys of the parts that the option key returns', async () => {
    const { cache } = testCache()
    const find = (request: Request, _traceId: string) => request.url
    const wrapped = cache.wrap(find, { key: ({ url }) => url })
    const parts = cache.wrap(find, { name: 'parts', key: ({ url, method }) => [method, url] })
    const request = new Request('http://localhost/')
    assert.equal(wrapped.key(request, 'x'), 'find:http~c//localhost/')
    assert.equal(parts.key(request, 'x'), 'parts:GET:http~c//localhost/')
    await wrapped(request, 'x')
    assert.equal((await wrapped.read(request, 'y')).outcome, 'hit')
  })

  it('rejects arguments of which no key can be made, and does not call the function', async () => {
    const { cache } = testCache()
    let calls = 0
    const wrapped = cache.wrap((_id: string, _map: Map<string, string>) => ++calls, { name: 'find' })
    const expected = { name: 'TypeError', message: /^wrap find: argument 2 must consist of strings, / }
    await assert.rejects(wrapped('a', new Map()), expected)
    await assert.rejects(wrapped.read('a', new Map()), expected)
    await assert.rejects(wrapped.forget('a', new Map()), expected)
    assert.throws(() => wrapped.key('a', new Map()), expected)
    await assert.rejects(wrapped('x'.repeat(8192), null as never), /a key must be a string of 1 to 8192/)
    assert.equal(calls, 0)
  })
})

describe('the invalidation of a wrapped function', () => {
  it('forget invalidates the value of its arguments, and the entries that have its key as a tag', async () => {
    const { cache } = testCache()
    const wrapped = cache.wrap(counted().find)
    await Promise.all([wrapped('a'), wrapped('b'), wrapped('a', { page: 2 })])
    await cache.write('page', 1, { tags: [wrapped.key('a')] })
    assert.deepEqual(await wrapped.forget('a'), { removed: 1, confirmed: true })
    assert.deepEqual(
      [cache.has(wrapped.key('a')), cache.has(wrapped.key('b')), cache.has(wrapped.key('a', { page: 2 }))],
      [false, true, true],
    )
    assert.equal(cache.has('page'), false)
  })

  it('forget without arguments invalidates the call without arguments, and no other', async () => {
    const { cache } = testCache()
    const wrapped = cache.wrap((page?: number) => page ?? 1, { name: 'list' })
    await Promise.all([wrapped(), wrapped(2)])
    await wrapped.forget()
    assert.deepEqual([cache.has(wrapped.key()), cache.has(wrapped.key(2))], [false, true])
  })

  it('forgetAll invalidates all of its values, also those whose function set tags', async () => {
    const { cache } = testCache()
    const one = cache.wrap((n: number) => loaded(n, { tags: ['own'] }), { name: 'one' })
    const other = cache.wrap((n: number) => n, { name: 'other' })
    await Promise.all([one(1), one(2), other(1)])
    assert.deepEqual(await one.forgetAll(), { confirmed: true })
    assert.deepEqual(
      [cache.has(one.key(1)), cache.has(one.key(2)), cache.has(other.key(1))],
      [false, false, true],
    )
  })

  it('tags come from the options, from the arguments and from the function', async () => {
    const { cache, store } = testCache()
    const fixed = cache.wrap((id: string) => loaded(id, { tags: ['c'] }), { name: 'fixed', tags: ['a', 'b'] })
    const made = cache.wrap((id: string) => id, { name: 'made', tags: (id) => [`row:${id}`] })
    await Promise.all([fixed('x'), made('x')])
    assert.deepEqual(store.peek(fixed.key('x'))?.tags, ['fixed', 'a', 'b', 'c'])
    assert.deepEqual(store.peek(made.key('x'))?.tags, ['made', 'row:x'])
    await cache.invalidateTags(['row:x'])
    assert.equal((await made.read('x')).outcome, 'miss')
  })

  it('reaches other processes, which share the values', async () => {
    const { process, pass } = processes()
    const { find, calls } = counted()
    const [one, two] = [process().wrap(find), process().wrap(find)]
    await one('a')
    await flush(100)
    assert.equal((await two.read('a')).tier, 'remote')
    assert.equal(calls.length, 1)
    await one.forget('a')
    await pass(1500)
    assert.equal((await two.read('a')).outcome, 'miss')
  })
})

describe('the options of wrap', () => {
  it('the name must be new: no entity and no wrapped function of the cache has it', () => {
    const { cache } = testCache({ name: 'shop' })
    const { find } = counted()
    cache.wrap(find)
    cache.entity({ name: 'user', schema, load: () => 1 })
    assert.throws(() => cache.wrap(find), {
      name: 'TypeError',
      message: 'cache shop: a wrapped function named find exists already',
    })
    assert.throws(() => cache.wrap(find, { name: 'user' }), {
      message: 'cache shop: an entity named user exists already',
    })
    assert.throws(() => cache.entity({ name: 'find', schema, load: () => 1 }), {
      message: 'cache shop: a wrapped function named find exists already',
    })
    testCache().cache.wrap(find)
  })

  it('a wrap that failed leaves its name free', () => {
    const { cache } = testCache()
    assert.throws(() => cache.wrap(() => 1, { name: 'f', ttl: 5 } as object), TypeError)
    cache.wrap(() => 1, { name: 'f' })
  })

  for (const [fn, options, message] of [
    [() => 1, undefined, 'cache.wrap: name must be a string of at least one character, got ""'],
    [() => 1, { name: '' }, 'cache.wrap: name must be a string of at least one character, got ""'],
    [() => 1, { name: 7 }, 'cache.wrap: name must be a string of at least one character, got 7'],
    ['find', { name: 'f' }, 'cache.wrap: fn must be a function, got "find"'],
    [() => 1, { name: 'f', ttl: 5 }, 'wrap f: unknown option "ttl"; did you mean "ttlMs"?'],
    [() => 1, { name: 'f', ttlMs: '5' }, 'wrap f: ttlMs must be a number of milliseconds, got "5"'],
    [
      () => 1,
      { name: 'f', ttlMs: [5, 1] },
      'wrap f: ttlMs must be [fresh, stale] with 0 <= fresh <= stale, got [5,1]',
    ],
    [() => 1, { name: 'f', key: 'id' }, 'wrap f: key must be a function, got "id"'],
    [() => 1, { name: 'f', tags: 'a' }, 'wrap f: tags must be an array of strings or a function, got "a"'],
    [() => 1, { name: 'f', signal: AbortSignal.abort() }, /^wrap f: unknown option "signal"/],
  ] as [() => number, object, string | RegExp][]) {
    it(`are checked: ${message}`, () => {
      const unnamed = typeof fn === 'function' ? { f: [fn] }.f[0] : fn
      assert.throws(() => testCache().cache.wrap(unnamed as never, options), { name: 'TypeError', message })
    })
  }
})
