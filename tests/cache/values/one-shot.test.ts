/** Values that only one reader can read: a cache refuses them. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { resultOf, testCache } from '../../support/test-cache.ts'

function* numbers() {
  yield 1
}
const refused: [kind: string, make: () => unknown][] = [
  ['a Response', () => new Response('x')],
  ['a Request', () => new Request('http://localhost')],
  ['a ReadableStream', () => new Response('x').body],
  ['a stream', () => Readable.from(['x'])],
  ['an iterator', numbers],
  ['an iterator', () => new Map().values()],
]
const message = (kind: string, origin: string) =>
  `cache hitrate: the value ${origin} for "k" is ${kind}, which only one reader can read; use its content instead`

describe('values that only one reader can read', () => {
  for (const [kind, make] of refused) {
    it(`${kind} rejects the read of every reader and the write`, async () => {
      const { cache, outcomes } = testCache()
      const error = { name: 'TypeError', message: message(kind, 'loaded') }
      const read = () => assert.rejects(cache.read('k', make), error)
      await Promise.all([read(), read()])
      await assert.rejects(
        cache.read('k', () => loaded(make(), { ttlMs: 5 })),
        error,
      )
      await assert.rejects(
        cache.readMany(['j', 'k'], () => [['k', make()]] as const),
        error,
      )
      await assert.rejects(cache.write('k', make()), { name: 'TypeError', message: message(kind, 'written') })
      assert.deepEqual(new Set(outcomes()), new Set(['error']))
      assert.equal(cache.has('k'), false)
    })
  }

  it('a Response that is not to be stored is returned', async () => {
    const { cache } = testCache()
    const response = new Response('x')
    const load = () => response
    assert.deepEqual(await resultOf(cache.read('k', load, { strategy: 'bypass' })), ['bypass', response])
    assert.deepEqual(await resultOf(cache.read('k', () => loaded(response, { keep: false }))), [
      'miss',
      response,
    ])
  })

  it('data that looks similar is stored', async () => {
    const { cache } = testCache()
    for (const value of [
      { bodyUsed: true, next: 1, pipe: 'x' },
      { next() {} },
      [1],
      new Map(),
      new Blob(['x']),
    ]) {
      assert.equal((await cache.write('k', value)).kept, true)
    }
  })
})
