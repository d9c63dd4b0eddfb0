/** Two versions of hitrate on one Redis: they share invalidations, and never read values of each other. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { jsonCodec } from '../../../src/cache/values/json-codec.ts'
import { ENVELOPE_FORMAT } from '../../../src/stores/entry.ts'
import { redisStore } from '../../../src/stores/redis/redis-store.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { readOne, fill as store, storedBytes } from '../../stores/contract/namespaces.ts'
import { skipUnless } from '../../support/installed.ts'
import {
  assertReads,
  fill,
  LONG,
  type RedisRaceCache,
  type RedisRaceCaches,
  startRedisRaces,
  until,
} from './race-caches.ts'

/** Bytes and version of an entry as a later version of hitrate would store them. */
const NEXT = `${ENVELOPE_FORMAT + 1}.0`
const PRESENT = `${ENVELOPE_FORMAT}.0`
const nextBytes = new TextEncoder().encode(`HR${ENVELOPE_FORMAT + 1} 00000000 {"k":"next"}\n"next"`)

describe('a rolling deployment', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let caches: RedisRaceCaches
  let A: RedisRaceCache
  let B: RedisRaceCache
  /** The part of Redis that a process of the next version uses. */
  let next: RemoteNamespace

  before(async () => {
    caches = await startRedisRaces()
    A = await caches.open({ hasMemory: true })
    B = await caches.open()
    next = redisStore({ client: B.client }).open({ namespace: 'hitrate:', leaseMs: 1000 })
  })
  after(() => caches.end())

  /** Each version loads and stores the key for itself. */
  async function fillBoth(key: string, tags: readonly string[] = []): Promise<void> {
    await fill(A, key, 'old', tags)
    await store(next, key, nextBytes, { version: NEXT, tags })
    assert.deepEqual(await storedBytes(next, key, NEXT), nextBytes)
    await assertReads(B, key, 'old', 'remote')
  }

  const changesOfPresent: Record<string, (key: string) => Promise<unknown>> = {
    deletion: (key) => B.cache.delete(key),
    tag: (key) => B.cache.invalidateTags([`tag-${key}`]),
    write: (key) => B.cache.write(key, 'new', LONG),
    clear: () => B.cache.clear(),
  }
  for (const [name, change] of Object.entries(changesOfPresent)) {
    it(`an invalidation of the present version ends the entries of both: ${name}`, async () => {
      await fillBoth(name, [`tag-${name}`])
      await change(name)
      assert.equal(await storedBytes(next, name, NEXT), undefined)
      await assertReads(B, name, 'new')
    })
  }

  const changesOfNext: Record<string, (key: string) => Promise<unknown>> = {
    deletion: (key) => next.invalidate({ keys: [key] }, announced(key)),
    tag: (key) => next.invalidate({ tags: [`tag-${key}`] }, announced(key)),
    write: (key) => next.startWrite(key, NEXT, announced(key)),
    clear: (key) => next.clear(announced(key)),
  }
  for (const [name, change] of Object.entries(changesOfNext)) {
    it(`an invalidation of the next version ends the entries of both: ${name}`, async () => {
      const key = `next-${name}`
      await fillBoth(key, [`tag-${key}`])
      await change(key)
      assert.equal(await storedBytes(next, key, NEXT), undefined)
      await until(() => A.cache.lookup(key)?.value !== 'old') // a message of an unknown kind invalidates everything
      await assertReads(B, key, 'new')
      await assertReads(A, key, 'new')
    })
  }

  it('bytes of another format under the present version are loaded again, and replaced', async () => {
    await store(next, 'mixed', nextBytes, { version: PRESENT })
    await assertReads(B, 'mixed', 'present')
    await until(
      async () => (await readOne(next, 'mixed', { version: PRESENT, lease: false })).kind === 'value',
    )
    await until(async () => (await B.cache.read('mixed', () => 'again', LONG)).tier === 'remote')
    await assertReads(A, 'mixed', 'present', 'remote')
  })

  it('two versions of a codec never read values of each other, and share invalidations', async () => {
    const one = { ...jsonCodec, version: 1 }
    const two = { ...jsonCodec, version: 2 }
    const read = (codec: typeof one, value: string) =>
      B.cache.read<unknown>('coded', () => value, { ...LONG, codec })
    for (const round of ['first', 'second']) {
      for (const [codec, name] of [
        [one, 'one'],
        [two, 'two'],
      ] as const) {
        assert.equal((await read(codec, `${name} ${round}`)).value, `${name} ${round}`)
        await until(async () => (await read(codec, 'unused')).tier === 'remote')
        assert.equal((await read(codec, 'unused')).value, `${name} ${round}`)
      }
      await A.cache.delete('coded')
    }
  })
})

/** A message of a kind that the present version does not have. */
function announced(key: string): string {
  return JSON.stringify(['next-version', 1, `?${key}`])
}
