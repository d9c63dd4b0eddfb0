/**
 * Restarts a shop whose cache is in a file, and counts the hits of the last second before and of the first second after.
 *
 *   in this repository:  bun examples/sqlite-warm-restart/main.ts
 *   in your project:     npm install hitrate hono && node sqlite-warm-restart/main.ts
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Shop, startShop } from './start-shop.ts'
import { zipfRanks } from './zipf-ranks.ts'

const PRODUCTS = 1000
const REQUESTS_PER_SECOND = 500
const OLD_PRICE = 3
const NEW_PRICE = 5
/** The products that customers look at most. */
const REPRICED = Array.from({ length: 10 }, (_, i) => `${i + 1}`)

const folder = await mkdtemp(join(tmpdir(), 'hitrate-example-'))
const cacheFile = join(folder, 'cache.sqlite')
const priceFile = join(folder, 'prices.json') // stands for a database
const ranks = zipfRanks({ count: PRODUCTS, seed: 14 })

/** Requests products for a second, and returns the number of hits. */
async function second(shop: Shop): Promise<number> {
  const ids = Array.from({ length: REQUESTS_PER_SECOND }, () => `${ranks.next().value}`)
  const { hits } = await shop.serve(ids)
  return hits
}

function print(title: string, hits: number): void {
  console.log(`${title}: ${hits} hits of ${REQUESTS_PER_SECOND}`)
}

async function setPrices(price: number): Promise<void> {
  await writeFile(priceFile, JSON.stringify(Object.fromEntries(REPRICED.map((id) => [id, price]))))
}

await setPrices(OLD_PRICE)
let shop = await startShop(cacheFile, priceFile)
print('the first second of an empty cache', await second(shop))
for (let i = 0; i < 3; i++) await second(shop)
const before = await second(shop)
print('the last second before the stop', before)

await shop.end('SIGTERM')
shop = await startShop(cacheFile, priceFile)
const afterStop = await second(shop)
print('the first second after it', afterStop)

await setPrices(NEW_PRICE)
await shop.invalidate(REPRICED)
await shop.end('SIGKILL')
shop = await startShop(cacheFile, priceFile)
const afterKill = await second(shop)
print('the first second after kill -9', afterKill)
console.log('at least 90 % of the hits before:', Math.min(afterStop, afterKill) >= 0.9 * before)

const { prices } = await shop.serve(REPRICED)
console.log('old prices after kill -9:', prices.filter((price) => price === OLD_PRICE).length)

await shop.end('SIGTERM')
await rm(folder, { recursive: true })
