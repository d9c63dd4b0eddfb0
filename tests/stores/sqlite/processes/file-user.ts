/**
 * A process with a SQLite store on the file of its argument. Each line of its input is a call, answered by a line of its output;
 * both are JSON.
 */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { sqliteStore } from '../../../../src/stores/sqlite/sqlite-store.ts'
import { fill, leaseOf, readOne, storeWith } from '../../contract/namespaces.ts'
import type { Answer, Call, Calls } from './sqlite-process.ts'

process.on('SIGXFSZ', () => {}) // a write above the limit of the process fails
const [path = '', maxBytes] = process.argv.slice(2)
const store = sqliteStore({ path, ...(maxBytes !== undefined && { maxBytes: Number(maxBytes) }) })
const namespace = store.open({ namespace: 'test', leaseMs: 60_000 })

const calls: Calls = {
  async read(key) {
    const answer = await readOne(namespace, key, { lease: false })
    return answer.kind === 'value' ? answer.bytes[0] : answer.kind
  },
  async kindOf(key) {
    return (await readOne(namespace, key)).kind
  },
  async fill(key, byte, size = 1) {
    await repeated(() => fill(namespace, key, new Uint8Array(size).fill(byte)))
  },
  async invalidate(key) {
    await namespace.invalidate({ keys: [key] }, `invalidated ${key}`)
  },
  async fillUntilFull() {
    let count = 0
    for (const size of [50_000, 1]) {
      try {
        for (;;) await fill(namespace, `filler-${count++}`, new Uint8Array(size))
      } catch {} // no room is left for this size
    }
    while ((await readOne(namespace, `filler-${count}`)).kind === 'lease') count++
    return count
  },
  churn,
}

/** Stores and invalidates values of changing keys, and reports each number after its invalidation, until the process is killed. */
async function churn(prefix: string): Promise<never> {
  for (let number = 1; ; number++) {
    const key = `${prefix}${number % 5}`
    const bytes = new Uint8Array(3000)
    new DataView(bytes.buffer).setUint32(0, number)
    await repeated(() => replace(key, bytes))
    await repeated(() => namespace.invalidate(number % 2 === 0 ? { keys: [key] } : { tags: [key] }))
    print({ gone: number })
  }
}

/** Stores a value, also while the lease of an attempt that got no lock still holds. */
async function replace(key: string, bytes: Uint8Array): Promise<void> {
  const token = await leaseOf(namespace, key, { not: '*' })
  await storeWith(namespace, key, token, bytes, { tags: [key] })
}

/** Repeats an operation that got no lock in its time, because the machine is busy or all processes write all the time. */
async function repeated(run: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await run()
      return
    } catch (error) {
      if (!/refused|could not/.test(`${error}`)) throw error
    }
  }
}

print({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...values] = JSON.parse(line) as Call
  try {
    print({ result: (await (calls[name] as (...values: unknown[]) => Promise<unknown>)(...values)) ?? null })
  } catch (error) {
    print({ error: `${error}: ${error instanceof Error ? error.cause : ''}` })
  }
}
await store.close()

function print(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
