/** Reads of one step of the event loop are combined into few calls. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ReadQueue } from '../../../src/cache/remote/read-queue.ts'
import { StoreCalls } from '../../../src/cache/remote/store-calls.ts'
import type { RemoteAnswer, RemoteRead } from '../../../src/stores/store.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'
import { flush } from '../../support/test-cache.ts'

interface PendingCall {
  names: string[]
  /** Answers each read with a token that is its name. */
  answer(): void
  reject(error: Error): void
}

function setUp(combine = true) {
  const { core } = testCore()
  const store = fakeRemoteStore()
  const sent: PendingCall[] = []
  const read = (requests: readonly RemoteRead[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<RemoteAnswer[]>()
    const names = requests.map(({ name }) => name)
    const tokens = names.map((token) => ({ kind: 'lease' as const, token, takenOver: false }))
    sent.push({ names, answer: () => resolve(tokens), reject })
    return promise
  }
  const entries = { ...store.open({ namespace: 'n', leaseMs: 1000 }), read }
  const queue = new ReadQueue(new StoreCalls(core, store, 50), entries, combine)
  const ask = (name: string) =>
    queue.read({ name, version: 'v', lease: true }).then((end) => {
      if (!end.ok) return end.result
      return end.answer.kind === 'lease' ? end.answer.token : end.answer.kind
    })
  const askFor = (count: number) => Array.from({ length: count }, (_, i) => ask(`k${i}`))
  const sizes = () => sent.map(({ names }) => names.length)
  return { ask, askFor, sent, sizes }
}

describe('ReadQueue', () => {
  it('reads of the same step are one call, and each gets its own answer', async () => {
    const { ask, sent } = setUp()
    const reads = [ask('a'), ask('b'), ask('c')]
    await flush()
    assert.deepEqual(
      sent.map(({ names }) => names),
      [['a', 'b', 'c']],
    )
    sent[0]?.answer()
    assert.deepEqual(await Promise.all(reads), ['a', 'b', 'c'])
  })

  it('many reads are calls of at most 128, and at most two calls run at a time', async () => {
    const { askFor, sent, sizes } = setUp()
    const reads = askFor(300)
    await flush()
    assert.deepEqual(sizes(), [128, 128])
    sent[1]?.answer()
    await flush()
    assert.deepEqual(sizes(), [128, 128, 44])
    sent[0]?.answer()
    sent[2]?.answer()
    assert.deepEqual(
      await Promise.all(reads),
      Array.from({ length: 300 }, (_, i) => `k${i}`),
    )
  })

  it('reads that arrive while two calls run are combined into the next call', async () => {
    const { ask, sent } = setUp()
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      void ask(name)
      await flush()
    }
    assert.deepEqual(
      sent.map(({ names }) => names),
      [['a'], ['b']],
    )
    sent[0]?.answer()
    await flush()
    assert.deepEqual(sent[2]?.names, ['c', 'd', 'e'])
  })

  it('a call that fails fails its own reads, and the next call is sent', async () => {
    const { askFor, sent, sizes } = setUp()
    const reads = askFor(300)
    await flush()
    sent[0]?.reject(new Error('down'))
    await flush()
    assert.deepEqual(sizes(), [128, 128, 44])
    sent[1]?.answer()
    sent[2]?.answer()
    const results = await Promise.all(reads)
    assert.deepEqual([results[127], results[128], results[299]], ['error', 'k128', 'k299'])
  })

  it('each read is a call of its own when promises are not shared', async () => {
    const { ask, sent } = setUp(false)
    const reads = ['a', 'b', 'c'].map(ask)
    await flush()
    assert.deepEqual(
      sent.map(({ names }) => names),
      [['a'], ['b'], ['c']],
    )
    for (const call of sent) call.answer()
    assert.deepEqual(await Promise.all(reads), ['a', 'b', 'c'])
  })

  it('a read whose server gave no answer is an error, while the others of its call get theirs', async () => {
    const { core } = testCore()
    const store = fakeRemoteStore()
    const read = async (requests: readonly RemoteRead[]) =>
      requests.map(({ name }): RemoteAnswer => {
        return name === 'b' ? { kind: 'failed', error: new Error('down') } : { kind: 'absent' }
      })
    const entries = { ...store.open({ namespace: 'n', leaseMs: 1000 }), read }
    const calls = new StoreCalls(core, store, 50)
    const queue = new ReadQueue(calls, entries, true)
    const ends = await Promise.all(
      ['a', 'b', 'c', 'b', 'b'].map((name) => queue.read({ name, version: 'v', lease: false })),
    )
    assert.deepEqual(
      ends.map((end) => (end.ok ? end.answer.kind : String(end.error))),
      ['absent', 'Error: down', 'absent', 'Error: down', 'Error: down'],
    )
    assert.equal(calls.up, true)
  })

  it('a read that the store gave no answer is an error', async () => {
    const { core } = testCore()
    const store = fakeRemoteStore()
    const entries = { ...store.open({ namespace: 'n', leaseMs: 1000 }), read: async () => [] }
    const queue = new ReadQueue(new StoreCalls(core, store, 50), entries, true)
    const end = await queue.read({ name: 'a', version: 'v', lease: false })
    assert.equal(end.ok === false && end.result, 'error')
  })
})
