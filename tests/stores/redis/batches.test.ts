/** Large batches are sent in slices, and texts that are used once are unique. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sliced } from '../../../src/stores/redis/sliced.ts'
import { uniqueTexts } from '../../../src/stores/redis/unique-texts.ts'
import { skipUnless } from '../../support/installed.ts'
import { MINUTE, VERSION } from '../contract/namespaces.ts'
import { RedisProcesses } from './open-redis.ts'

describe('sliced', () => {
  it('a list in slices has its items in their order', () => {
    assert.deepEqual(sliced([], 2), [])
    assert.deepEqual(sliced([1, 2], 2), [[1, 2]])
    assert.deepEqual(sliced([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]])
  })
})

describe('uniqueTexts', () => {
  it('texts are unique, also of two sources, and are words that are no numbers', () => {
    const [one, two] = [uniqueTexts(), uniqueTexts()]
    const texts = Array.from({ length: 100 }, () => [one(), two()]).flat()
    assert.equal(new Set(texts).size, 200)
    for (const text of texts) assert.match(text, /^c[\w.]+$/)
  })
})

describe('a large batch in Redis', { skip: skipUnless('redis-server'), timeout: 60_000 }, () => {
  let processes: RedisProcesses

  before(async () => {
    processes = await RedisProcesses.start()
  })
  after(() => processes.end())

  it('a batch of 1,000 reads is answered in order, and one of 3,000 keys and tags is invalidated', async () => {
    const namespace = await processes.open()
    const names = Array.from({ length: 1000 }, (_, i) => `name-${i}`)
    const requests = names.map((name) => ({ name, version: VERSION, lease: true }))
    const leases = await namespace.read(requests)
    await Promise.all(
      leases.map((lease, i) => {
        const { token } = lease.kind === 'lease' ? lease : assert.fail(`answer ${i} is ${lease.kind}`)
        const entry = { name: names[i] ?? '', version: VERSION, token, ttlMs: MINUTE }
        return namespace.store({ ...entry, bytes: Uint8Array.of(i % 256), tags: [`tag-${i}`] })
      }),
    )
    const values = await namespace.read(requests)
    const first = values.map((answer) => (answer.kind === 'value' ? answer.bytes[0] : undefined))
    assert.deepEqual(
      first,
      names.map((_, i) => i % 256),
    )

    const many = (word: string, from: number) => Array.from({ length: 3000 }, (_, i) => `${word}-${from + i}`)
    await namespace.invalidate({ keys: many('name', 500), tags: many('tag', -2900) })
    const left = await namespace.read(requests.map((request) => ({ ...request, lease: false })))
    assert.deepEqual(
      left.map(({ kind }) => kind),
      names.map((_, i) => (i < 100 || i >= 500 ? 'absent' : 'value')),
    )
  })
})
