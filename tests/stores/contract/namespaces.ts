/** Namespaces of a store under test, and the reads and stores that most tests of the contract repeat. */
import assert from 'node:assert/strict'
import type {
  RemoteAnswer,
  RemoteNamespace,
  RemoteRead,
  RemoteStore,
  StoreCapabilities,
  StoreResult,
} from '../../../src/stores/store.ts'
import type { OpenedStore } from './opened-store.ts'

export const MINUTE = 60_000
export const VERSION = 'v1'

/** A lease that does not run out during a test. */
const LONG_LEASE = 5 * MINUTE

export class ContractNamespaces {
  /** Capabilities that the store declares. */
  readonly capabilities: StoreCapabilities
  #opened: OpenedStore | undefined
  #count = 0

  constructor(capabilities: StoreCapabilities) {
    this.capabilities = capabilities
  }

  use(opened: OpenedStore): void {
    this.#opened = opened
    assert.deepEqual(opened.store.capabilities, this.capabilities)
  }

  get opened(): OpenedStore {
    return this.#opened ?? assert.fail('the store was not opened')
  }

  /** Opens a new namespace twice, as two processes do. */
  open(leaseMs = LONG_LEASE): [RemoteNamespace, RemoteNamespace] {
    return this.openNamed(this.newName(), leaseMs)
  }

  openNamed(namespace: string, leaseMs = LONG_LEASE): [RemoteNamespace, RemoteNamespace] {
    const { store, other = store }: { store: RemoteStore; other?: RemoteStore } = this.opened
    return [store.open({ namespace, leaseMs }), other.open({ namespace, leaseMs })]
  }

  /** Returns a name of a namespace that no test has used. */
  newName(): string {
    return `namespace-${++this.#count}`
  }
}

/** Reads one name. Default: with a request for the lease, in the version {@link VERSION}. */
export async function readOne(
  namespace: RemoteNamespace,
  name: string,
  request: Partial<RemoteRead> = {},
): Promise<RemoteAnswer> {
  const answers = await namespace.read([{ name, version: VERSION, lease: true, ...request }])
  assert.equal(answers.length, 1)
  return answers[0] ?? assert.fail('no answer')
}

/** Reads a name without requesting the lease. Returns the bytes if there is a value. */
export async function storedBytes(
  namespace: RemoteNamespace,
  name: string,
  version = VERSION,
): Promise<Uint8Array | undefined> {
  const answer = await readOne(namespace, name, { version, lease: false })
  if (answer.kind === 'value') return answer.bytes
  assert.equal(answer.kind, 'absent')
  return undefined
}

/** Reads a name and returns the token of the lease, which the store must grant. */
export async function leaseOf(
  namespace: RemoteNamespace,
  name: string,
  request: Partial<RemoteRead> = {},
): Promise<string> {
  const answer = await readOne(namespace, name, request)
  return answer.kind === 'lease' ? answer.token : assert.fail(`the lease of ${name} is ${answer.kind}`)
}

export interface Value {
  version?: string
  tags?: readonly string[]
  ttlMs?: number
}

/** Stores the value of a lease or write. */
export function storeWith(
  namespace: RemoteNamespace,
  name: string,
  token: string,
  bytes: Uint8Array,
  { version = VERSION, tags = [], ttlMs = MINUTE }: Value = {},
): Promise<StoreResult> {
  return namespace.store({ name, version, token, bytes: new Uint8Array(bytes), tags, ttlMs })
}

/**
 * Loads and stores a value. Returns its id. A store that has not seen a tag before the load may refuse the first value with it,
 * so this tries again.
 */
export async function fill(
  namespace: RemoteNamespace,
  name: string,
  bytes: Uint8Array = Uint8Array.of(1),
  value: Value = {},
): Promise<string> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const token = await leaseOf(namespace, name, { version: value.version ?? VERSION })
    if ((await storeWith(namespace, name, token, bytes, value)) === 'stored') return token
  }
  return assert.fail(`the value of ${name} was not stored`)
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

/** Repeats a check until it holds, because time passes on the server. The test's own timeout ends it. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5))
}

export function everyByte(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, i) => i)
}
