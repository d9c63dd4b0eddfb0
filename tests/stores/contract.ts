/** The contract of every remote store: one suite that runs with a real server, and one with a client that fails. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/stores/entry.ts'
import { type RemoteStore, StoreError } from '../../src/stores/store.ts'

export interface OpenedStore {
  /** An empty store. */
  store: RemoteStore
  /** Ends the server; resolves when the client has noticed. */
  loseServer(): Promise<void>
  /** Ends the client, and the server if it still runs. */
  close(): Promise<void>
}

export interface ContractOptions {
  /** The reason to skip the suite. */
  skip?: string | false
  /** A lifetime in ms that is short enough to wait for, or the reason why there is none. */
  shortLifetime: number | string
}

/** The largest value of Memcached is 1 MiB including its key and about 60 bytes of overhead, so every store accepts this. */
const LARGEST = 1024 * 1024 - 512

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** @param open returns an empty store with a real server; called once */
export function describeRemoteStore(
  name: string,
  open: () => Promise<OpenedStore>,
  options: ContractOptions,
): void {
  describe(`${name} fulfils the contract of a remote store`, { skip: options.skip ?? false }, () => {
    let opened: OpenedStore
    let store: RemoteStore

    before(async () => {
      opened = await open()
      store = opened.store
    })

    after(() => opened.close())

    describe('the bytes', () => {
      const values: Record<string, Uint8Array> = {
        'all 256 values of a byte': everyByte(),
        'no bytes': new Uint8Array(0),
        'one zero': Uint8Array.of(0),
        'text that ends like a protocol': new TextEncoder().encode('$-1\r\nEND\r\n'),
        'invalid UTF-8': Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80),
        'a view of a larger buffer': everyByte().subarray(100, 200),
        '1 MiB less 512 bytes': new Uint8Array(LARGEST).map((_, i) => i % 251),
      }
      for (const [description, bytes] of Object.entries(values)) {
        it(`bytes are returned unchanged: ${description}`, async () => {
          const original = bytes.slice()
          await store.set('bytes', bytes, MINUTE)
          assertBytes(await store.get('bytes'), original)
          assertBytes((await store.getMany(['bytes']))[0], original)
          assertBytes(bytes, original)
        })
      }

      it('bytes are replaced by the next ones, shorter or longer', async () => {
        for (const length of [100, 3, 1000]) {
          const bytes = new Uint8Array(length).fill(length)
          await store.set('replaced', bytes, MINUTE)
          assert.deepEqual(await store.get('replaced'), bytes)
        }
      })

      it('bytes of an entry are decoded to the same envelope', async () => {
        const envelope: Envelope = {
          schemaVersion: 2 ** 32 - 1,
          madeAt: 1.8e12,
          freshUntil: 1.8e12 + MINUTE,
          revalidateUntil: 1.8e12 + DAY,
          errorUntil: Number.POSITIVE_INFINITY,
          keptUntil: Number.POSITIVE_INFINITY,
          loadedAt: 1.8e12 + 2 ** -10,
          loader: 2 ** 32 - 1,
          mustRevalidate: false,
          negative: true,
          tags: ['user:1', '', 'é', '\0'],
          payload: new Uint8Array(everyByte()),
        }
        const bytes = encodeEnvelope(envelope) ?? assert.fail('the envelope cannot be encoded')
        await store.set('entry', bytes, MINUTE)
        assert.deepEqual(
          decodeEnvelope((await store.get('entry')) ?? assert.fail('nothing is stored')),
          envelope,
        )
      })

      it('bytes may be changed by the caller that got them', async () => {
        await store.set('changed', everyByte(), MINUTE)
        const returned = await store.get('changed')
        returned?.fill(0)
        assert.deepEqual(await store.get('changed'), everyByte())
      })
    })

    describe('the keys', () => {
      it('keys that differ in one character are different', async () => {
        const keys = [
          'key',
          'KEY',
          'key:',
          'ke',
          'key%20',
          '"key"',
          `'key'\\`,
          '{key}',
          '*',
          'k?y',
          'a/../b',
          '-1',
        ]
        await Promise.all(keys.map((key, i) => store.set(key, Uint8Array.of(i), MINUTE)))
        assert.deepEqual(
          await store.getMany(keys),
          keys.map((_, i) => Uint8Array.of(i)),
        )
      })

      it('a key may have 250 bytes and all printable characters', async () => {
        const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 33 + i))
        const key = printable.repeat(3).slice(0, 250)
        await store.set(key, everyByte(), MINUTE)
        assert.deepEqual(await store.get(key), everyByte())
        await store.delete(key)
        assert.equal(await store.get(key), undefined)
      })

      it('an absent key returns undefined', async () => {
        assert.equal(await store.get('absent'), undefined)
      })
    })

    describe('getMany', () => {
      it('getMany returns one result per key in their order, undefined for absent keys', async () => {
        await store.set('first', Uint8Array.of(1), MINUTE)
        await store.set('second', Uint8Array.of(2), MINUTE)
        const found = await store.getMany(['second', 'absent', 'first', 'second', 'absent'])
        assert.deepEqual(found, [Uint8Array.of(2), undefined, Uint8Array.of(1), Uint8Array.of(2), undefined])
      })

      it('getMany returns nothing for no keys, and undefined for unknown keys', async () => {
        assert.deepEqual(await store.getMany([]), [])
        assert.deepEqual(await store.getMany(['absent', 'absent-too']), [undefined, undefined])
      })

      it('getMany accepts 100 keys', async () => {
        const keys = Array.from({ length: 100 }, (_, i) => `many-${i}`)
        const expected = keys.map((_, i) => (i % 3 === 0 ? undefined : Uint8Array.of(i)))
        await Promise.all(keys.map((key, i) => expected[i] && store.set(key, expected[i], MINUTE)))
        assert.deepEqual(await store.getMany(keys), expected)
        assert.deepEqual(await store.getMany(keys.toReversed()), expected.toReversed())
      })
    })

    describe('delete', () => {
      it('delete removes one key only', async () => {
        await store.set('removed', everyByte(), MINUTE)
        await store.set('kept', everyByte(), MINUTE)
        await store.delete('removed')
        assert.deepEqual(await store.getMany(['removed', 'kept']), [undefined, everyByte()])
      })

      it('delete of an absent key resolves, also when repeated', async () => {
        await store.delete('absent')
        await store.delete('absent')
        assert.equal(await store.get('absent'), undefined)
      })

      it('delete allows a new value under the same key', async () => {
        await store.set('again', Uint8Array.of(1), MINUTE)
        await store.delete('again')
        await store.set('again', Uint8Array.of(2), MINUTE)
        assert.deepEqual(await store.get('again'), Uint8Array.of(2))
      })
    })

    // Concurrently, because each test waits.
    describe('the lifetime', { concurrency: 10 }, () => {
      const { shortLifetime } = options
      const skip = typeof shortLifetime === 'string' && shortLifetime

      it('the bytes are stored for the lifetime and then removed', { skip, timeout: 20_000 }, async () => {
        const ttlMs = Number(shortLifetime)
        const startedAt = performance.now()
        await store.set('short', everyByte(), ttlMs)
        await untilAbsent(store, 'short')
        const storedMs = performance.now() - startedAt
        assert.ok(storedMs >= ttlMs, `stored for ${storedMs} ms of ${ttlMs}`)
      })

      it('a lifetime of less than 1 ms ends too', { skip, timeout: 20_000 }, async () => {
        const lifetimes = [1, 0.2, 0, -5]
        await Promise.all(lifetimes.map((ttlMs) => store.set(`tiny:${ttlMs}`, everyByte(), ttlMs)))
        await Promise.all(lifetimes.map((ttlMs) => untilAbsent(store, `tiny:${ttlMs}`)))
      })

      it('a lifetime starts again with the next value', { skip, timeout: 20_000 }, async () => {
        await store.set('renewed', Uint8Array.of(1), Number(shortLifetime))
        await store.set('renewed', Uint8Array.of(2), MINUTE)
        await store.set('not-renewed', Uint8Array.of(1), Number(shortLifetime))
        await untilAbsent(store, 'not-renewed')
        assert.deepEqual(await store.get('renewed'), Uint8Array.of(2))
      })

      for (const ttlMs of [1234.5, 30 * DAY - 1000, 30 * DAY, 30 * DAY + 1, 365 * DAY]) {
        it(`a lifetime of ${ttlMs} ms is accepted`, async () => {
          await store.set(`long:${ttlMs}`, everyByte(), ttlMs)
          assert.deepEqual(await store.get(`long:${ttlMs}`), everyByte())
        })
      }

      it('a lifetime without an end is rejected', async () => {
        for (const ttlMs of [Number.POSITIVE_INFINITY, Number.NaN]) {
          await assert.rejects(store.set('endless', everyByte(), ttlMs), StoreError)
          assert.equal(await store.get('endless'), undefined)
        }
      })
    })

    it('ping resolves, also when repeated', async () => {
      await store.ping()
      await store.ping()
    })

    // Last, because the server does not come back.
    describe('without its server', () => {
      let inFlight: Promise<PromiseSettledResult<unknown>[]>

      before(async () => {
        inFlight = Promise.allSettled(Array.from({ length: 20 }, (_, i) => store.get(`in-flight-${i}`)))
        await opened.loseServer()
      })

      for (const [operation, run] of Object.entries(operations)) {
        it(`an operation without the server rejects: could not ${operation}`, async () => {
          await assert.rejects(run(store), isStoreErrorFor(store, operation))
          await assert.rejects(run(store), isStoreErrorFor(store, operation))
        })
      }

      it('an operation in flight when the server ends resolves, or rejects with a StoreError', async () => {
        for (const result of await inFlight) {
          if (result.status === 'rejected') isStoreErrorFor(store, 'get a value')(result.reason)
        }
      })

      it('concurrent operations without the server all reject with a StoreError', async () => {
        const many = Array.from({ length: 50 }, (_, i) => `many-${i}`)
        const results = await Promise.allSettled([
          store.getMany(many),
          ...many.map((key) => store.get(key)),
          ...many.map((key) => store.delete(key)),
        ])
        for (const result of results) {
          assert.ok(result.status === 'rejected' && result.reason instanceof StoreError)
        }
      })
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
        it(`an operation with a failing client rejects with the cause: could not ${operation}`, async () => {
          const store = over(fail)
          await assert.rejects(run(store), (error) => {
            isStoreErrorFor(store, operation)(error)
            assert.equal((error as StoreError).cause, fault.includes('string') ? 'down' : failure)
            return true
          })
        })
      }
    })
  }

  describe(`${name} with a client that fails now and then`, () => {
    it('getMany with several failing reads causes no unhandled rejection', async () => {
      const unhandled: unknown[] = []
      const record = (reason: unknown) => unhandled.push(reason)
      process.on('unhandledRejection', record)
      let calls = 0
      // The first reads reject after the last one has thrown.
      const store = over(() => {
        if (++calls === 3) throw failure
        return new Promise((_, reject) => setImmediate(reject, failure))
      })
      await assert.rejects(store.getMany(['a', 'b', 'c']), StoreError)
      for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
      process.off('unhandledRejection', record)
      assert.deepEqual(unhandled, [])
    })
  })
}

/** Every operation, by its name in the error. */
const operations: Record<string, (store: RemoteStore) => Promise<unknown>> = {
  'get a value': (store) => store.get('key'),
  'get values': (store) => store.getMany(['key', 'absent']),
  'set a value': (store) => store.set('key', everyByte(), MINUTE),
  'delete a value': (store) => store.delete('key'),
  'answer a ping': (store) => store.ping(),
}

/** The names of the stores in their errors. */
const displayNames: Record<string, string> = {
  redis: 'Redis',
  memcached: 'Memcached',
  'workers-kv': 'Workers KV',
}

/** A StoreError with its cause, and neither the key nor the bytes in its message. */
function isStoreErrorFor({ name }: RemoteStore, operation: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof StoreError)
    assert.equal(error.message, `${displayNames[name]} could not ${operation}`)
    assert.notEqual(error.cause, undefined)
    assert.ok(!(error.cause instanceof StoreError))
    return true
  }
}

/** Expects a Uint8Array, not a Buffer. `deepEqual` would take minutes to compare two MiB. */
export function assertBytes(found: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(found)
  assert.equal(Object.getPrototypeOf(found), Uint8Array.prototype)
  assert.equal(found.length, expected.length)
  assert.equal(
    found.findIndex((byte, i) => byte !== expected[i]),
    -1,
    'index of the first different byte',
  )
}

async function untilAbsent(store: RemoteStore, key: string): Promise<void> {
  while ((await store.get(key)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5))
}

function everyByte(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, i) => i)
}
