/** What every remote store must do: one suite, told to each with a real server, and one with a client that fails. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/stores/entry.ts'
import { type RemoteStore, StoreError } from '../../src/stores/store.ts'

export interface OpenedStore {
  /** Empty. */
  store: RemoteStore
  /** Ends the server; resolves when the client has noticed. */
  loseServer(): Promise<void>
  /** Ends the client, and the server if it is still there. */
  close(): Promise<void>
}

export interface Told {
  /** Why nothing of it can be told here, in words. */
  skip?: string | false
  /** A lifetime that is worth waiting for, in ms, or why there is none, in words. */
  shortLifetime: number | string
}

/** The largest value of Memcached is 1 MiB with its key and about 60 bytes of its own: so much fits every store. */
const LARGEST = 1024 * 1024 - 512

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** @param open gives an empty store over a real server; called once */
export function describeRemoteStore(name: string, open: () => Promise<OpenedStore>, told: Told): void {
  describe(`${name} keeps the contract of a remote store`, { skip: told.skip ?? false }, () => {
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
        'what is no UTF-8': Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80),
        'a part of a larger buffer': everyByte().subarray(100, 200),
        '1 MiB less 512 bytes': new Uint8Array(LARGEST).map((_, i) => i % 251),
      }
      for (const [what, bytes] of Object.entries(values)) {
        it(`come back as they were given: ${what}`, async () => {
          const given = bytes.slice()
          await store.set('bytes', bytes, MINUTE)
          assertBytes(await store.get('bytes'), given)
          assertBytes((await store.getMany(['bytes']))[0], given)
          assertBytes(bytes, given)
        })
      }

      it('are replaced by the next ones, shorter or longer', async () => {
        for (const length of [100, 3, 1000]) {
          const bytes = new Uint8Array(length).fill(length)
          await store.set('replaced', bytes, MINUTE)
          assert.deepEqual(await store.get('replaced'), bytes)
        }
      })

      it('of an entry come back as its envelope', async () => {
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
        const bytes = encodeEnvelope(envelope) ?? assert.fail('the form cannot hold it')
        await store.set('entry', bytes, MINUTE)
        assert.deepEqual(decodeEnvelope((await store.get('entry')) ?? assert.fail('not kept')), envelope)
      })

      it('can be changed by who got them', async () => {
        await store.set('changed', everyByte(), MINUTE)
        const mine = await store.get('changed')
        mine?.fill(0)
        assert.deepEqual(await store.get('changed'), everyByte())
      })
    })

    describe('the keys', () => {
      it('are told apart by every character', async () => {
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

      it('may have 250 bytes, of all that is printable', async () => {
        const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 33 + i))
        const key = printable.repeat(3).slice(0, 250)
        await store.set(key, everyByte(), MINUTE)
        assert.deepEqual(await store.get(key), everyByte())
        await store.delete(key)
        assert.equal(await store.get(key), undefined)
      })

      it('of nothing give undefined', async () => {
        assert.equal(await store.get('absent'), undefined)
      })
    })

    describe('getMany', () => {
      it('gives one answer for each key in their order, with gaps', async () => {
        await store.set('first', Uint8Array.of(1), MINUTE)
        await store.set('second', Uint8Array.of(2), MINUTE)
        const found = await store.getMany(['second', 'absent', 'first', 'second', 'absent'])
        assert.deepEqual(found, [Uint8Array.of(2), undefined, Uint8Array.of(1), Uint8Array.of(2), undefined])
      })

      it('gives nothing for no keys and for unknown keys', async () => {
        assert.deepEqual(await store.getMany([]), [])
        assert.deepEqual(await store.getMany(['absent', 'absent-too']), [undefined, undefined])
      })

      it('takes 100 keys', async () => {
        const keys = Array.from({ length: 100 }, (_, i) => `many-${i}`)
        const expected = keys.map((_, i) => (i % 3 === 0 ? undefined : Uint8Array.of(i)))
        await Promise.all(keys.map((key, i) => expected[i] && store.set(key, expected[i], MINUTE)))
        assert.deepEqual(await store.getMany(keys), expected)
        assert.deepEqual(await store.getMany(keys.toReversed()), expected.toReversed())
      })
    })

    describe('delete', () => {
      it('removes this key alone', async () => {
        await store.set('removed', everyByte(), MINUTE)
        await store.set('kept', everyByte(), MINUTE)
        await store.delete('removed')
        assert.deepEqual(await store.getMany(['removed', 'kept']), [undefined, everyByte()])
      })

      it('takes a key that is not there, again and again', async () => {
        await store.delete('absent')
        await store.delete('absent')
        assert.equal(await store.get('absent'), undefined)
      })

      it('leaves room for a new value', async () => {
        await store.set('again', Uint8Array.of(1), MINUTE)
        await store.delete('again')
        await store.set('again', Uint8Array.of(2), MINUTE)
        assert.deepEqual(await store.get('again'), Uint8Array.of(2))
      })
    })

    // Together, for each waits.
    describe('the lifetime', { concurrency: 10 }, () => {
      const { shortLifetime } = told
      const skip = typeof shortLifetime === 'string' && shortLifetime

      it('is kept, and then the bytes are gone', { skip, timeout: 20_000 }, async () => {
        const ttlMs = Number(shortLifetime)
        const startedAt = performance.now()
        await store.set('short', everyByte(), ttlMs)
        await gone(store, 'short')
        const lived = performance.now() - startedAt
        assert.ok(lived >= ttlMs, `it lived ${lived} ms of ${ttlMs}`)
      })

      it('has an end, however short it is', { skip, timeout: 20_000 }, async () => {
        const lifetimes = [1, 0.2, 0, -5]
        await Promise.all(lifetimes.map((ttlMs) => store.set(`tiny:${ttlMs}`, everyByte(), ttlMs)))
        await Promise.all(lifetimes.map((ttlMs) => gone(store, `tiny:${ttlMs}`)))
      })

      it('begins anew with the next value', { skip, timeout: 20_000 }, async () => {
        await store.set('renewed', Uint8Array.of(1), Number(shortLifetime))
        await store.set('renewed', Uint8Array.of(2), MINUTE)
        await store.set('not-renewed', Uint8Array.of(1), Number(shortLifetime))
        await gone(store, 'not-renewed')
        assert.deepEqual(await store.get('renewed'), Uint8Array.of(2))
      })

      for (const ttlMs of [1234.5, 30 * DAY - 1000, 30 * DAY, 30 * DAY + 1, 365 * DAY]) {
        it(`may be ${ttlMs} ms`, async () => {
          await store.set(`long:${ttlMs}`, everyByte(), ttlMs)
          assert.deepEqual(await store.get(`long:${ttlMs}`), everyByte())
        })
      }

      it('must have an end: else it is refused', async () => {
        for (const ttlMs of [Number.POSITIVE_INFINITY, Number.NaN]) {
          await assert.rejects(store.set('endless', everyByte(), ttlMs), StoreError)
          assert.equal(await store.get('endless'), undefined)
        }
      })
    })

    it('answers a ping, and leaves nothing behind', async () => {
      await store.ping()
      await store.ping()
    })

    // Last of all: the server does not come back.
    describe('without its server', () => {
      let asked: Promise<PromiseSettledResult<unknown>[]>

      before(async () => {
        asked = Promise.allSettled(Array.from({ length: 20 }, (_, i) => store.get(`asked-${i}`)))
        await opened.loseServer()
      })

      for (const [operation, run] of Object.entries(operations)) {
        it(`says that it could not ${operation}`, async () => {
          await assert.rejects(run(store), saysThatItCouldNot(store, operation))
          await assert.rejects(run(store), saysThatItCouldNot(store, operation))
        })
      }

      it('had answered those who were waiting, or has told them', async () => {
        for (const result of await asked) {
          if (result.status === 'rejected') saysThatItCouldNot(store, 'get a value')(result.reason)
        }
      })

      it('says so to everyone who asks at once', async () => {
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

/** @param over the store over a client whose methods are all `fail` */
export function describeFailingClient(name: string, over: (fail: () => Promise<never>) => RemoteStore): void {
  const failure = new Error('the client failed')
  const ways: Record<string, () => Promise<never>> = {
    rejects: () => Promise.reject(failure),
    throws: () => {
      throw failure
    },
    'rejects with what is no error': () => Promise.reject('down'),
  }

  for (const [way, fail] of Object.entries(ways)) {
    describe(`${name} over a client that ${way}`, () => {
      for (const [operation, run] of Object.entries(operations)) {
        it(`says that it could not ${operation}, with the cause`, async () => {
          const store = over(fail)
          await assert.rejects(run(store), (error) => {
            saysThatItCouldNot(store, operation)(error)
            assert.equal((error as StoreError).cause, way.includes('no error') ? 'down' : failure)
            return true
          })
        })
      }
    })
  }

  describe(`${name} over a client that fails now and then`, () => {
    it('leaves no rejection of getMany behind that nobody handles', async () => {
      const unhandled: unknown[] = []
      const note = (reason: unknown) => unhandled.push(reason)
      process.on('unhandledRejection', note)
      let calls = 0
      // The first reads reject later than the last one throws.
      const store = over(() => {
        if (++calls === 3) throw failure
        return new Promise((_, reject) => setImmediate(reject, failure))
      })
      await assert.rejects(store.getMany(['a', 'b', 'c']), StoreError)
      for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
      process.off('unhandledRejection', note)
      assert.deepEqual(unhandled, [])
    })
  })
}

/** Every operation, by how its error names it. */
const operations: Record<string, (store: RemoteStore) => Promise<unknown>> = {
  'get a value': (store) => store.get('key'),
  'get values': (store) => store.getMany(['key', 'absent']),
  'set a value': (store) => store.set('key', everyByte(), MINUTE),
  'delete a value': (store) => store.delete('key'),
  'answer a ping': (store) => store.ping(),
}

/** The names of stores as their errors have them. */
const spoken: Record<string, string> = { redis: 'Redis', memcached: 'Memcached', 'workers-kv': 'Workers KV' }

/** Wrapped once, and nothing of the key or the bytes in the message. */
function saysThatItCouldNot({ name }: RemoteStore, operation: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof StoreError)
    assert.equal(error.message, `${spoken[name]} could not ${operation}`)
    assert.notEqual(error.cause, undefined)
    assert.ok(!(error.cause instanceof StoreError))
    return true
  }
}

/** A Uint8Array, not a Buffer. `deepEqual` would take minutes to say in what two MiB differ. */
export function assertBytes(found: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(found)
  assert.equal(Object.getPrototypeOf(found), Uint8Array.prototype)
  assert.equal(found.length, expected.length)
  assert.equal(
    found.findIndex((byte, i) => byte !== expected[i]),
    -1,
    'the first byte that differs',
  )
}

async function gone(store: RemoteStore, key: string): Promise<void> {
  while ((await store.get(key)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5))
}

function everyByte(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, i) => i)
}
