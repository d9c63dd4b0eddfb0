/**
 * Prints the real heap and the counted size of a stored response, in bytes: `response-heap.ts ENTRIES BODY_BYTES`. A process of its
 * own, because the heap of a test has other contents. Node needs `--expose-gc`.
 */
import { Hono } from 'hono'
import { createCache } from '../../src/cache/create-cache.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

const [entries = 0, bodyBytes = 0] = process.argv.slice(2).map(Number)
const jsc = process.versions.bun === undefined ? undefined : await import('bun:jsc')

async function heapSize(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    if (jsc === undefined) globalThis.gc?.()
    else Bun.gc(true)
    await new Promise(setImmediate)
  }
  const { heapUsed, external } = process.memoryUsage()
  return jsc === undefined ? heapUsed + external : jsc.heapStats().heapSize
}

function bodyOf(id: number): string {
  const body = JSON.stringify({ id, name: `user${id}`, email: `user${id}@example.com`, more: '' })
  return `${body.slice(0, -2)}${'x'.repeat(Math.max(0, bodyBytes - body.length))}"}`
}

function createApp() {
  const memory = memoryStore({ maxBytes: 1024 ** 3 })
  const app = new Hono()
  app.get('/items/:id', cached({ cache: createCache({ memory }), targetedControl: 'max-age=600' }), (c) =>
    c.body(bodyOf(Number(c.req.param('id'))), 200, { 'content-type': 'application/json' }),
  )
  async function load(from: number, to: number): Promise<void> {
    for (let id = from; id < to; id++) await (await app.request(`/items/${id}`)).text()
  }
  return { memory, load }
}

await createApp().load(0, 500) // compiles the code
const { memory, load } = createApp()
await load(0, 100)
const [heapBefore, countedBefore] = [await heapSize(), memory.stats().bytes]
await load(100, 100 + entries)
const real = Math.round(((await heapSize()) - heapBefore) / entries)
const counted = Math.round((memory.stats().bytes - countedBefore) / entries)
console.log(JSON.stringify({ entries: memory.stats().entries - 100, real, counted }))
process.exit(0)
