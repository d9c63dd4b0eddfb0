/** Random interleavings of two processes on a real server, checked against a model. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { createDice, type Dice } from '../../support/interleavings/dice.ts'
import { type ContractNamespaces, readOne, storeWith, VERSION } from './namespaces.ts'
import type { ContractOptions } from './opened-store.ts'

const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const READERS = 6
const WRITERS = 2
const KEYS = ['a', 'b', 'c'] as const
type Key = (typeof KEYS)[number]

/** The tag `all` is on every value; each key also has a tag of its own. */
const tagsOf = (key: Key) => ['all', `tag-${key}`]

export function describeModel(namespaces: ContractNamespaces, options: ContractOptions): void {
  describe(`random interleavings from seed ${SEED}`, () => {
    it('a read that started after an invalidation returns no older value', { timeout: 120_000 }, async () => {
      const model = new Model(namespaces, createDice(SEED), options.modelSteps ?? 150)
      await model.play()
    })
  })
}

class Model {
  readonly #namespaces: ContractNamespaces
  readonly #dice: Dice
  readonly #steps: number
  /** Version of each row of the database. */
  readonly #database: Record<Key, number> = { a: 0, b: 0, c: 0 }
  /** The version that a read must return at least. */
  readonly #required: Record<Key, number> = { a: 0, b: 0, c: 0 }
  /** Number of changes of a key that are under way. The order of two writes that overlap is not defined. */
  readonly #changing: Record<Key, number> = { a: 0, b: 0, c: 0 }
  readonly #writing = new Set<Key>()
  readonly #seen = { values: 0, stored: 0, lost: 0 }

  constructor(namespaces: ContractNamespaces, dice: Dice, steps: number) {
    this.#namespaces = namespaces
    this.#dice = dice
    this.#steps = steps
  }

  async play(): Promise<void> {
    const processes = this.#namespaces.open()
    const run = async (step: (namespace: RemoteNamespace) => Promise<void>, i: number) => {
      for (let count = 0; count < this.#steps; count++) await step(processes[i % 2] ?? processes[0])
    }
    const readers = Array.from({ length: READERS }, (_, i) => run((namespace) => this.#read(namespace), i))
    const writers = Array.from({ length: WRITERS }, (_, i) => run((namespace) => this.#change(namespace), i))
    await Promise.all([...readers, ...writers])
    for (const [name, count] of Object.entries(this.#seen)) {
      if (this.#steps >= 100) assert.ok(count > 0, `the interleaving has no ${name}`)
    }
  }

  async #read(namespace: RemoteNamespace): Promise<void> {
    const { chance, pick } = this.#dice
    const key = pick(KEYS)
    const atLeast = this.#required[key]
    const answer = await readOne(namespace, key, chance(0.05) ? { not: '*' } : {})
    if (answer.kind === 'value') {
      this.#seen.values++
      const version = new DataView(answer.bytes.buffer, answer.bytes.byteOffset).getUint32(0)
      assert.ok(version >= atLeast, `${key} returned ${version}, not ${atLeast} or more, from seed ${SEED}`)
      await this.#pause()
    }
    if (answer.kind === 'lease') await this.#load(namespace, key, answer.token)
  }

  async #load(namespace: RemoteNamespace, key: Key, token: string): Promise<void> {
    await this.#pause()
    const version = this.#database[key]
    await this.#pause()
    if (this.#dice.chance(0.05)) await namespace.release({ name: key, version: VERSION, token })
    else await this.#store(namespace, key, token, version)
  }

  async #store(namespace: RemoteNamespace, key: Key, token: string, version: number): Promise<void> {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, version)
    const result = await storeWith(namespace, key, token, bytes, { tags: tagsOf(key) })
    assert.ok(result !== 'too-large')
    this.#seen[result]++
  }

  async #change(namespace: RemoteNamespace): Promise<void> {
    for (let pauses = this.#dice.upTo(8); pauses > 0; pauses--) await this.#pause()
    const { chance, pick } = this.#dice
    const key = pick(KEYS)
    if (this.#writing.has(key)) return
    if (chance(0.3) && this.#changing[key] === 0) await this.#write(namespace, key)
    else await this.#invalidate(namespace, key)
  }

  async #write(namespace: RemoteNamespace, key: Key): Promise<void> {
    this.#writing.add(key)
    const version = ++this.#database[key]
    const token = await namespace.startWrite(key, VERSION)
    this.#required[key] = version
    if (token !== undefined) await this.#store(namespace, key, token, version)
    this.#writing.delete(key)
  }

  async #invalidate(namespace: RemoteNamespace, key: Key): Promise<void> {
    this.#changing[key]++
    const version = ++this.#database[key]
    const { chance, pick, random } = this.#dice
    const run = pick([
      () => namespace.invalidate({ keys: [key] }),
      () => namespace.invalidate({ tags: [pick(tagsOf(key))] }),
      () => (chance(0.1) ? namespace.clear() : namespace.invalidate({ keys: [key], tags: ['other'] })),
    ])
    await run()
    this.#required[key] = Math.max(this.#required[key], version)
    // At once, while the server may still have the values that the invalidation ended.
    if (chance(0.15)) await this.#namespaces.opened.loseState?.(random)
    this.#changing[key]--
  }

  async #pause(): Promise<void> {
    if (this.#dice.chance(0.5)) await new Promise((resolve) => setImmediate(resolve))
  }
}
