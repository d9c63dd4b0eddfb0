/** The shop: a process with a cache in a file, before a slow database. It executes the commands of its parent. */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { cached, createCache, memoryStore } from 'hitrate'
import { sqliteStore } from 'hitrate/stores/sqlite'
import { Hono } from 'hono'

export interface Command {
  kind: 'serve' | 'invalidate'
  ids: string[]
}

export interface Answer {
  hits: number
  prices: number[]
}

interface Product {
  id: string
  price: number
  text: string
}

const [, , cacheFile = '', priceFile = ''] = process.argv
const file = sqliteStore({ path: cacheFile })
const cache = createCache({
  memory: memoryStore({ maxBytes: 64 * 1024 }), // the products need more: the file holds what memory does not
  remote: file,
  remoteTimeoutMs: 2000, // for a busy machine: a late answer of the file would be one miss more
})

const app = new Hono()
app.get('/products/:id', cached({ cache, targetedControl: 'max-age=3600' }), async (c) => {
  const id = c.req.param('id')
  await pause(5) // a slow database
  const prices: Record<string, number> = JSON.parse(await readFile(priceFile, 'utf8'))
  const product: Product = { id, price: prices[id] ?? 1, text: 'It is good to have. '.repeat(25) }
  return c.json(product, 200, { 'cache-tag': id })
})

async function serve(ids: string[]): Promise<Answer> {
  const answer: Answer = { hits: 0, prices: [] }
  const startedAt = performance.now()
  for (const [i, id] of ids.entries()) {
    await pause(Math.max(0, startedAt + (1000 * i) / ids.length - performance.now()))
    const response = await app.request(`/products/${id}`)
    const { price }: Product = JSON.parse(await response.text())
    answer.prices.push(price)
    if (response.headers.get('cache-status')?.includes('; hit')) answer.hits++
  }
  return answer
}

async function invalidate(ids: string[]): Promise<Answer> {
  await cache.invalidateTags(ids)
  return { hits: 0, prices: [] }
}

process.on('message', async ({ kind, ids }: Command) => {
  process.send?.(await (kind === 'serve' ? serve(ids) : invalidate(ids)))
})
process.once('SIGTERM', async () => {
  await cache.close()
  await file.close() // after the last cache that uses it
  process.exit()
})
process.send?.('ready')
