/** Errors: without a server, and with a client that fails. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { type RemoteNamespace, type RemoteStore, StoreError } from '../../../src/stores/store.ts'
import { type ContractNamespaces, MINUTE, VERSION } from './namespaces.ts'

type Run = (namespace: RemoteNamespace, store: RemoteStore) => Promise<unknown>

const lease = { name: 'secret-key', version: VERSION, token: 'secret-token' }

const operations: Record<string, Run> = {
  read: (namespace) => namespace.read([{ ...lease, lease: true }]),
  'read without a request for the lease': (namespace) => namespace.read([{ ...lease, lease: false }]),
  startWrite: (namespace) => namespace.startWrite(lease.name, VERSION),
  'invalidate keys': (namespace) => namespace.invalidate({ keys: [lease.name] }),
  'invalidate tags': (namespace) => namespace.invalidate({ tags: ['secret-tag'] }, 'message'),
  'expire keys': (namespace) => namespace.expire({ keys: [lease.name] }, Date.now()),
  'expire tags': (namespace) => namespace.expire({ tags: ['secret-tag'] }, Date.now()),
  clear: (namespace) => namespace.clear(),
  ping: (_, store) => store.ping(),
}

/** Operations on a lease; a store without leases may know without its server that there is no such lease. */
const leaseOperations: Record<string, Run> = {
  store: (namespace) =>
    namespace.store({ ...lease, bytes: Uint8Array.of(1), tags: ['secret-tag'], ttlMs: MINUTE }),
  renew: (namespace) => namespace.renew(lease),
  release: (namespace) => namespace.release(lease),
}

function operationsOf({ capabilities }: RemoteStore): [name: string, run: Run][] {
  return Object.entries(capabilities.leases ? { ...operations, ...leaseOperations } : operations)
}

const open = (store: RemoteStore) => store.open({ namespace: 'outage', leaseMs: MINUTE })

export function describeOutage(namespaces: ContractNamespaces): void {
  describe('without its server', { timeout: 30_000 }, () => {
    let inFlight: Promise<PromiseSettledResult<unknown>[]>
    let store: RemoteStore

    before(async () => {
      store = namespaces.opened.store
      const read = operations.read ?? assert.fail('no operation')
      inFlight = Promise.allSettled(Array.from({ length: 20 }, () => read(open(store), store)))
      await namespaces.opened.loseServer()
    })

    it('every operation without the server rejects with a StoreError, also when repeated', async () => {
      for (const [name, run] of operationsOf(store)) {
        for (let time = 0; time < 2; time++) {
          await assert.rejects(run(open(store), store), isStoreError, name)
        }
      }
      const announced = open(store).announce?.('message')
      if (announced !== undefined) await assert.rejects(announced, isStoreError)
    })

    it('an operation in flight when the server ends resolves, or rejects with a StoreError', async () => {
      for (const result of await inFlight) {
        if (result.status === 'rejected') isStoreError(result.reason)
      }
    })

    it('concurrent operations without the server all reject with a StoreError', async () => {
      const runs = Array.from({ length: 20 }, () => operationsOf(store)).flat()
      const results = await Promise.allSettled(runs.map(([, run]) => run(open(store), store)))
      for (const result of results) assert.ok(result.status === 'rejected' && isStoreError(result.reason))
    })
  })
}

/** @param over returns the store for a client whose methods are all `fail` */
export function describeFailingClient(name: string, over: (fail: () => Promise<never>) => RemoteStore): void {
  const failure = new Error('the client failed')
  const faults: Record<string, () => Promise<never>> = {
    rejects: () => Promise.reject(failure),
    throws: () => {
      throw failure
    },
    'rejects with a string': () => Promise.reject('down'),
  }

  for (const [fault, fail] of Object.entries(faults)) {
    describe(`${name} with a client that ${fault}`, () => {
      for (const [operation, run] of Object.entries(operations)) {
        it(`an operation with a failing client rejects with the cause: ${operation}`, async () => {
          const store = over(fail)
          await assert.rejects(run(open(store), store), (error) => {
            isStoreError(error)
            assert.equal((error as StoreError).cause, fault.includes('string') ? 'down' : failure)
            return true
          })
        })
      }
    })
  }

  describe(`${name} with a client that fails now and then`, () => {
    it('an operation with several failing calls causes no unhandled rejection', async () => {
      const unhandled: unknown[] = []
      const record = (reason: unknown) => unhandled.push(reason)
      process.on('unhandledRejection', record)
      let calls = 0
      // The first calls reject after a later one has thrown.
      const store = over(() => {
        if (++calls % 3 === 0) throw failure
        return new Promise((_, reject) => setImmediate(reject, failure))
      })
      const requests = ['a', 'b', 'c'].map((key) => ({ name: key, version: VERSION, lease: true }))
      const change = { keys: ['a', 'b', 'c'], tags: ['a', 'b', 'c'] }
      await assert.rejects(open(store).read(requests), StoreError)
      await assert.rejects(open(store).invalidate(change), StoreError)
      await assert.rejects(open(store).expire(change, Date.now()), StoreError)
      for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
      process.off('unhandledRejection', record)
      assert.deepEqual(unhandled, [])
    })
  })
}

/** A StoreError with the client's error as its cause, and no key, tag or token in its message. */
function isStoreError(error: unknown): true {
  assert.ok(error instanceof StoreError, String(error))
  assert.match(error.message, /^\S.* could not /)
  assert.doesNotMatch(error.message, /secret/)
  assert.notEqual(error.cause, undefined)
  assert.ok(!(error.cause instanceof StoreError))
  return true
}
