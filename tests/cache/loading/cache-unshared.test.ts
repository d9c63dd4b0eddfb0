/** Readers who share no load, and readers who are sent on to a key of their own. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { flush, internalRead, resultOf, source, testCache } from '../../support/test-cache.ts'

const never = () => assert.fail('nothing should be loaded')

describe('a reader who is alone', () => {
  test('waits for nobody’s load', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const first = resultOf(cache.read('k', db.load))
    assert.deepEqual(await resultOf(internalRead(cache, 'k', () => 'own', { shared: false })), [
      'miss',
      'own',
    ])
    db.nth(1).answer('first')
    assert.deepEqual(await first, ['miss', 'first'])
  })

  test('is waited for by nobody', async () => {
    const { cache } = testCache()
    const db = source<string>()
    const reads = [true, true, false].map((alone) =>
      resultOf(internalRead(cache, 'k', db.load, { shared: !alone })),
    )
    assert.equal(db.begun, 3)
    for (const [i, value] of ['a', 'b', 'c'].entries()) db.nth(i + 1).answer(value)
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'a'],
      ['miss', 'b'],
      ['miss', 'c'],
    ])
  })

  test('keeps what its load brings all the same', async () => {
    const { cache } = testCache()
    await internalRead(cache, 'k', () => 'v', { shared: false })
    assert.deepEqual(await resultOf(cache.read('k', never)), ['hit', 'v'])
  })

  test('is answered by what is kept', async () => {
    const { cache } = testCache()
    cache.write('k', 'v')
    assert.deepEqual(await resultOf(internalRead(cache, 'k', never, { shared: false })), ['hit', 'v'])
  })

  test('has a stale entry refreshed behind by one load, as everyone has', async () => {
    const { cache, pass } = testCache()
    const db = source<string>()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    pass(15)
    for (const _ of [1, 2]) {
      assert.deepEqual(await resultOf(internalRead(cache, 'k', db.load, { shared: false })), ['stale', 'old'])
    }
    assert.equal(db.begun, 1)
  })
})

/** Values that are for one language alone. */
const isIn = (language: string) => (value: string) => value.startsWith(language)

describe('readers for whom another’s value is not', () => {
  test('load their own where they are sent, once together, and it is kept there', async () => {
    const { cache, counted } = testCache()
    const db = source<unknown>()
    const asking = (language: string) => {
      const options = { accept: isIn(language), retryKey: () => `k ${language}` }
      return resultOf(internalRead<string>(cache, 'k', db.load as () => Promise<string>, options))
    }
    const english = [asking('en'), asking('en')]
    const welsh = [asking('cy'), asking('cy'), asking('cy')]
    assert.equal(db.begun, 1)
    db.nth(1).answer(loaded('en 1', { keep: 'k en' }))
    await flush()
    assert.equal(db.begun, 2)
    db.nth(2).answer(loaded('cy 2', { keep: 'k cy' }))
    assert.deepEqual(await Promise.all(english), [
      ['miss', 'en 1'],
      ['coalesced', 'en 1'],
    ])
    assert.deepEqual(await Promise.all(welsh), [
      ['miss', 'cy 2'],
      ['coalesced', 'cy 2'],
      ['coalesced', 'cy 2'],
    ])
    assert.deepEqual(counted().sort(), ['coalesced', 'coalesced', 'coalesced', 'miss', 'miss'])
    assert.equal(cache.peek('k en')?.value, 'en 1')
    assert.equal(cache.peek('k cy')?.value, 'cy 2')
    assert.equal(cache.peek('k'), undefined)
  })

  test('are not sent on twice', async () => {
    const { cache } = testCache()
    const db = source<string>()
    let sent = 0
    const asking = (language: string) =>
      resultOf(
        internalRead(cache, 'k', db.load, { accept: isIn(language), retryKey: () => `elsewhere ${++sent}` }),
      )
    const first = asking('en')
    const second = resultOf(cache.read('elsewhere 1', db.load))
    const third = asking('cy')
    db.nth(1).answer('en 1')
    await first
    await flush()
    assert.equal(db.begun, 2, 'it waits for the load that it was sent to')
    db.nth(2).answer('en 2')
    await second
    await flush()
    assert.equal(db.begun, 3, 'and then loads for itself')
    db.nth(3).answer('cy 3')
    assert.deepEqual(await third, ['miss', 'cy 3'])
    assert.equal(sent, 1)
  })

  test('load for themselves when they are sent to where they are, or to no key', async () => {
    for (const to of ['k', '', 'x'.repeat(9000)]) {
      const { cache } = testCache()
      const db = source<string>()
      const asking = (language: string) =>
        resultOf(internalRead(cache, 'k', db.load, { accept: isIn(language), retryKey: () => to }))
      const reads = [asking('en'), asking('cy'), asking('cy')]
      db.nth(1).answer('en 1')
      await flush()
      assert.equal(db.begun, 3, JSON.stringify(to.slice(0, 5)))
      db.nth(2).answer('cy 2')
      db.nth(3).answer('cy 3')
      assert.deepEqual(await Promise.all(reads), [
        ['miss', 'en 1'],
        ['miss', 'cy 2'],
        ['miss', 'cy 3'],
      ])
    }
  })

  test('are not sent anywhere by a value that is for nobody else: each loads for itself, at once', async () => {
    const { cache } = testCache()
    const db = source<unknown>()
    const options = { retryKey: () => assert.fail('a private value says nothing about others') }
    const reads = [1, 2, 3].map(() => resultOf(internalRead(cache, 'k', db.load, options)))
    db.nth(1).answer(loaded('private', { share: false, keep: false }))
    await flush()
    assert.equal(db.begun, 3)
    db.nth(2).answer('b')
    db.nth(3).answer('c')
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'private'],
      ['miss', 'b'],
      ['miss', 'c'],
    ])
  })

  test('who come while it still grows are sent on as well', async () => {
    const { cache } = testCache()
    const { promise: whole } = Promise.withResolvers<undefined>()
    await cache.read<string>('k', () => loaded('en', { completed: whole }))
    const read = internalRead(cache, 'k', () => 'cy 2', { accept: isIn('cy'), retryKey: () => 'k cy' })
    assert.deepEqual(await resultOf(read), ['miss', 'cy 2'])
    assert.equal(cache.peek('k cy')?.value, 'cy 2')
  })

  test('whose own mistake it is get the error, and are counted once', async () => {
    const { cache, counted } = testCache()
    const db = source<string>()
    const mistake = new Error('retryKey is broken')
    const options = {
      accept: isIn('cy'),
      retryKey() {
        throw mistake
      },
    }
    const reads = [resultOf(cache.read('k', db.load)), resultOf(internalRead(cache, 'k', db.load, options))]
    db.nth(1).answer('en')
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'en'],
      ['threw', mistake],
    ])
    assert.deepEqual(counted().sort(), ['error', 'miss'])
  })
})
