/** A small shop: a database that counts its queries, and the clock of the story. Threads can share its memory. */
import process from 'node:process'

export interface Product {
  id: string
  name: string
  /** In cents. */
  price: number
}

const names =
  'assam ceylon chai darjeeling earl-grey genmaicha gunpowder gyokuro hojicha jasmine ' +
  'keemun lapsang matcha nilgiri oolong pu-erh rooibos sencha silver-needle yunnan'
const products = names
  .split(' ')
  .map((id, i) => ({ id, name: `Loose leaf ${id}, 100 g`, price: 250 + 10 * i }))

const START = Date.UTC(2026, 0, 1)
/** Places in the memory: seconds since the start, queries, and behind them the prices. */
const [SECONDS, QUERIES, PRICES] = [0, 1, 2]

export type Shop = ReturnType<typeof openShop>

export interface ShopOptions {
  /** Memory of another thread's shop, to be the same shop. */
  memory?: SharedArrayBuffer
  /** Time that a query takes. `QUERY_MS=20` sets it from outside. */
  queryMs?: number
}

export function openShop({ memory = new SharedArrayBuffer(1024), queryMs = 0 }: ShopOptions = {}) {
  const delayMs = Number(process.env.QUERY_MS ?? queryMs)
  const numbers = new Int32Array(memory)
  if (numbers[PRICES] === 0) for (const [i, { price }] of products.entries()) numbers[PRICES + i] = price

  const indexOf = (id: string) => products.findIndex((product) => product.id === id)
  const priceAt = (i: number) => Atomics.load(numbers, PRICES + i)
  const current = (product: Product, i: number): Product => ({ ...product, price: priceAt(i) })

  async function query<T>(answer: () => T): Promise<T> {
    Atomics.add(numbers, QUERIES, 1)
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    return answer()
  }

  return {
    memory,
    /** The time of the story in epoch ms. */
    now: () => START + Atomics.load(numbers, SECONDS) * 1000,
    wait: (seconds: number) => void Atomics.add(numbers, SECONDS, seconds),
    queries: () => Atomics.load(numbers, QUERIES),
    /** The current price, without a query. */
    priceOf: (id: string) => priceAt(indexOf(id)),
    setPrice: (id: string, price: number) => void Atomics.store(numbers, PRICES + indexOf(id), price),

    list: (): Promise<Product[]> => query(() => products.map(current)),
    find: (id: string): Promise<Product | undefined> =>
      query(() => products.map(current).find((one) => one.id === id)),
  }
}
