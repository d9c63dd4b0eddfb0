import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RemoteReadOptions, RemoteResult } from '../../../src/cache/remote/remote-reads.ts'
import { RemoteTier } from '../../../src/cache/remote/remote-tier.ts'
import { jsonCodec } from '../../../src/cache/values/json-codec.ts'
import { encodeEnvelope } from '../../../src/stores/entry.ts'
import type { RemoteNamespace, RemoteNamespaceOptions, RemoteRead } from '../../../src/stores/store.ts'
import {
  type FakeRemoteStoreOptions,
  fakeRemoteStore,
  type RemoteOperation,
} from '../../support/fake-remote-store.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'

/** The remote tier of one process, whose messages arrive, and the namespace of another process. */
function setUp(options: FakeRemoteStoreOptions = {}) {
  const parts = testCore()
  const waiting: (() => void)[] = []
  const held = new Set<string>()
  const hold = (place: string) => (operation: RemoteOperation) =>
    held.delete(`${place} ${operation}`) ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined
  const store = fakeRemoteStore({
    now: parts.clock.now,
    before: hold('before'),
    after: hold('after'),
    ...options,
  })
  const remote = new RemoteTier(
    parts.core,
    store,
    {},
    { announcementOf: () => undefined, isCurrent: () => true },
  )
  remote.subscribe?.({
    onAnnouncement() {},
    onConnection() {},
    onWake: (name) => remote.reads.waits.wake(name),
  })
  const other = store.open({ namespace: 'hitrate:', leaseMs: 1000 })
  const now = parts.clock.now()
  const bytesOf = (value: unknown) =>
    encodeEnvelope({
      schemaVersion: 0,
      madeAt: now,
      freshUntil: now + 60_000,
      revalidateUntil: now + 60_000,
      errorUntil: now + 60_000,
      keptUntil: now + 60_000,
      mustRevalidate: false,
      negative: false,
      tags: ['t'],
      payload: jsonCodec.encode(value),
    }) ?? assert.fail('not encoded')
  /** Another process takes the lease of the key. */
  const lease = async () => {
    const [answer] = await other.read([{ name: 'k', version: '4.0', not: '*', lease: true }])
    assert.ok(answer?.kind === 'lease')
    return { name: 'k', version: '4.0', token: answer.token }
  }
  const keep = async (value: unknown, bytes = bytesOf(value)) => {
    const taken = await lease()
    await other.store({ ...taken, bytes, tags: ['t'], ttlMs: 60_000 })
    return taken.token
  }
  const reader = new AbortController()
  let waits = 0
  const read = (own: Partial<RemoteReadOptions> = {}): { result: RemoteResult | undefined } => {
    const state: { result: RemoteResult | undefined } = { result: undefined }
    const { signal } = reader
    void remote.reads
      .read('k', jsonCodec, { lease: true, signal, onWait: () => waits++, ...own })
      .then((result) => {
        state.result = result
      })
    return state
  }
  const waitEvents = () =>
    parts.events.flatMap((event) => (event.type === 'lease-wait' ? [event.result] : []))
  return {
    ...parts,
    remote,
    other,
    lease,
    keep,
    bytesOf,
    read,
    reader,
    waits: () => waits,
    waitEvents,
    store,
    /** The next operation of this kind, or its result, is held back until `release`. */
    holdNext: (operation: RemoteOperation, place: 'before' | 'after') =>
      void held.add(`${place} ${operation}`),
    release: () => waiting.splice(0).forEach((resume) => void resume()),
  }
}

const foundIn = (result: RemoteResult | undefined) =>
  result?.kind === 'value' ? result.entry.value : result?.kind

describe('a read of the remote tier', () => {
  it('a read gets a stored value with its id', async () => {
    const { keep, read, pass, operations } = setUp()
    const id = await keep('v')
    const found = read()
    await pass(0)
    assert.ok(found.result?.kind === 'value')
    assert.deepEqual(
      [found.result.entry.value, found.result.entry.remoteId, found.result.waited],
      ['v', id, false],
    )
    assert.deepEqual(operations(), ['get hit'])
  })

  it('a read of a missing key gets the lease, or nothing if it will not load', async () => {
    const { read, pass, operations } = setUp()
    const peeked = read({ lease: false })
    await pass(0)
    const leading = read()
    await pass(0)
    assert.deepEqual([peeked.result?.kind, leading.result?.kind], ['absent', 'lease'])
    assert.deepEqual(operations(), ['get miss', 'get miss'])
  })

  it('a read gets the lease instead of a value that is not good enough', async () => {
    const { keep, read, pass } = setUp()
    const id = await keep('v')
    const later = read({ not: 'another' })
    const known = read({ not: id })
    await pass(0)
    assert.deepEqual([foundIn(later.result), foundIn(known.result)], ['v', 'lease'])
  })

  it('a read carries the tags that are known before the load if the namespace reads them', async () => {
    for (const readsTags of [true, undefined]) {
      const { core } = testCore()
      const store = fakeRemoteStore()
      const requests: RemoteRead[] = []
      const open = (options: RemoteNamespaceOptions): RemoteNamespace => {
        const namespace = store.open(options)
        const read = (batch: readonly RemoteRead[]) => {
          requests.push(...batch)
          return namespace.read(batch)
        }
        return { ...namespace, ...(readsTags && { readsTags }), read }
      }
      const messages = { announcementOf: () => undefined, isCurrent: () => true }
      const { reads } = new RemoteTier(core, { ...store, open }, {}, messages)
      await reads.read('k', jsonCodec, { lease: true, tags: ['red', 'line\n'] })
      assert.deepEqual(requests[0]?.tags, readsTags && ['red', 'line#n'])
    }
  })

  it('a read fails when the store does', async () => {
    const { read, pass, store, operations } = setUp()
    store.mode = 'down'
    const failed = read()
    await pass(0)
    store.mode = 'silent'
    const late = read()
    await pass(50)
    assert.deepEqual([failed.result?.kind, late.result?.kind], ['failed', 'failed'])
    assert.deepEqual(operations(), ['get error', 'get timeout'])
  })

  it('a read has the rest of a budget only', async () => {
    const { read, pass, store } = setUp()
    store.mode = 'silent'
    const late = read({ budgetMs: 10 })
    await pass(9)
    assert.equal(late.result, undefined)
    await pass(1)
    assert.equal(foundIn(late.result), 'failed')
  })

  it('a value that was expired is stale', async () => {
    const { keep, other, read, pass, clock } = setUp()
    await keep('v')
    await other.expire({ keys: ['k'] }, clock.now())
    const found = read()
    await pass(0)
    assert.equal(found.result?.kind === 'value' && found.result.entry.freshUntil, clock.now())
  })

  it('unreadable bytes are treated as missing, so that the next value replaces them', async () => {
    const { keep, read, pass, operations } = setUp()
    await keep(undefined, new TextEncoder().encode('foreign'))
    const found = read()
    await pass(0)
    assert.equal(found.result?.kind, 'lease')
    assert.deepEqual(operations(), ['get corrupt', 'get miss'])
  })
})

describe('a read that waits for the load of another process', () => {
  it('a busy read gets the value when the other process has stored it', async () => {
    const { lease, other, bytesOf, read, pass, waits, waitEvents, operations } = setUp()
    const taken = await lease()
    const waiting = read()
    await pass(100)
    assert.deepEqual([waiting.result, waits()], [undefined, 1])
    await other.store({ ...taken, bytes: bytesOf('v'), tags: [], ttlMs: 1000 })
    await pass(0)
    assert.ok(waiting.result?.kind === 'value')
    assert.deepEqual([waiting.result.entry.value, waiting.result.waited], ['v', true])
    assert.deepEqual([waitEvents(), operations()], [['value'], ['get busy', 'get hit']])
  })

  it('a message that arrives before the answer of the store ends the wait', async () => {
    const { lease, other, bytesOf, read, pass, holdNext, release } = setUp()
    const taken = await lease()
    holdNext('read', 'after')
    const waiting = read()
    await pass(0)
    await other.store({ ...taken, bytes: bytesOf('v'), tags: [], ttlMs: 1000 })
    release() // the answer `busy` from before
    await pass(0)
    assert.equal(foundIn(waiting.result), 'v')
  })

  it('a read gets the lease when the other process has released it', async () => {
    const { lease, other, read, pass, waitEvents } = setUp()
    const taken = await lease()
    const waiting = read()
    await pass(0)
    await other.release(taken)
    await pass(0)
    assert.equal(waiting.result?.kind, 'lease')
    assert.deepEqual(waitEvents(), ['none'])
  })

  it('a read waits for one other process at most, then loads without a lease', async () => {
    const { lease, read, pass, other, waitEvents } = setUp()
    const taken = await lease()
    const waiting = read()
    await pass(0)
    const released = other.release(taken)
    await lease() // a third process is faster
    await released
    await pass(0)
    assert.equal(waiting.result?.kind, 'refused')
    assert.deepEqual(waitEvents(), ['left'])
  })

  it('a read waits for 30 seconds at most', async () => {
    const { lease, other, read, pass } = setUp()
    const taken = await lease()
    const waiting = read()
    for (let s = 0; s < 59; s++) {
      await pass(500)
      await other.renew(taken)
    }
    assert.equal(waiting.result, undefined)
    await pass(750)
    assert.equal(foundIn(waiting.result), 'refused')
  })

  it('a read whose reader leaves ends its wait, and one without a signal does not wait', async () => {
    const { lease, read, reader, pass, waitEvents } = setUp()
    await lease()
    const unsignalled = read({ signal: undefined })
    const waiting = read()
    await pass(0)
    assert.deepEqual([unsignalled.result?.kind, waiting.result], ['refused', undefined])
    reader.abort()
    await pass(0)
    assert.equal(waiting.result?.kind, 'refused')
    assert.deepEqual(waitEvents(), ['left'])
  })
})

describe('a read during an invalidation of this process', () => {
  it('a value with a tag whose invalidation is being sent is not used, although the store returned it', async () => {
    const { keep, read, pass, remote, holdNext, release, operations } = setUp()
    await keep('old')
    holdNext('invalidate', 'before')
    void remote.invalidations.invalidate([{ tag: 't' }])
    const found = read()
    await pass(25)
    assert.deepEqual([found.result, operations()], [undefined, ['get hit']])
    release()
    await pass(0)
    assert.equal(foundIn(found.result), 'lease')
  })

  it('a key whose invalidation the store has refused is not read', async () => {
    const { keep, read, pass, remote, store } = setUp()
    await keep('old')
    store.mode = 'down'
    assert.equal(await remote.invalidations.invalidate([{ key: 'k' }]), false)
    store.mode = 'up'
    const refused = read()
    await pass(0)
    assert.equal(refused.result?.kind, 'failed')
    await pass(500)
    const later = read()
    await pass(0)
    assert.equal(later.result?.kind, 'lease')
  })

  it('a value with a tag whose invalidation the store has refused is not used', async () => {
    const { keep, read, pass, remote, store } = setUp()
    await keep('old')
    store.mode = 'down'
    await remote.invalidations.invalidate([{ tag: 't' }])
    store.mode = 'up'
    const refused = read()
    await pass(0)
    assert.equal(refused.result?.kind, 'failed')
  })

  it('the store is not read for a short time after messages of another thread were lost', async () => {
    const { keep, read, pass, remote } = setUp()
    await keep('old')
    remote.invalidations.receive('lost')
    const uncertain = read()
    await pass(75)
    assert.equal(uncertain.result?.kind, 'refused')
    await pass(25)
    const later = read()
    await pass(0)
    assert.equal(foundIn(later.result), 'old')
  })
})
