/** Prints the CPU time of a hit in microseconds, with `compress()` behind and before the cache: one JSON object per round. */
import process from 'node:process'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { createCache } from '../../src/cache/create-cache.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

const [rounds = 7, hits = 2000] = process.argv.slice(2).map(Number)

const users = Array.from({ length: 220 }, (_, id) => ({
  id,
  name: `user ${(id * 7919) % 1000}`,
  email: `user${id}@example.com`,
  city: ['Berlin', 'Bristol', 'Bologna'][id % 3],
}))
const json = `${JSON.stringify(users)}`.padEnd(22_000)

const cache = createCache({ memory: memoryStore() })
const middleware = cached({ cache, targetedControl: 'max-age=3600' })
const app = new Hono()
const headers = { 'content-type': 'application/json' }
app.get('/behind', middleware, compress(), (c) => c.body(json, 200, headers))
app.get('/before', compress(), middleware, (c) => c.body(json, 200, headers))

async function cpuOf(path: string, acceptEncoding: string): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < hits; i++) {
    const response = await app.request(path, { headers: { 'accept-encoding': acceptEncoding } })
    await response.arrayBuffer()
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / hits
}

for (let round = 0; round <= rounds; round++) {
  const figures = {
    behind: await cpuOf('/behind', 'gzip, deflate, br, zstd'),
    before: await cpuOf('/before', 'gzip, deflate, br, zstd'),
    identity: await cpuOf('/behind', 'identity'),
  }
  if (round > 0) process.stdout.write(`${JSON.stringify(figures)}\n`) // the first round warms up
}
