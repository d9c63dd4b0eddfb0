/** Reads a hot user over one connection, alone and while other connections ask for pages that are not stored. */
import { Agent, get } from 'node:http'

export interface HotHits {
  /** Median latency of a hit without other requests, ms. */
  aloneMs: number
  /** Median and 99th percentile during the flood, ms. */
  usualMs: number
  slowMs: number
  pagesPerSecond: number
}

const CONNECTIONS = 16

export async function floodPages(
  url: string,
  { users, seconds }: { users: number; seconds: number },
): Promise<HotHits> {
  const agent = new Agent({ keepAlive: true })
  const hot = () => read(`${url}/api/user/u00000000`, agent)
  try {
    await readFor(500, hot)
    const alone = await readFor(1000, hot)
    let pages = 0
    let isOver = false
    async function askForPages(): Promise<void> {
      while (!isOver) {
        const after = `u${String(Math.floor(Math.random() * users)).padStart(8, '0')}`
        await read(`${url}/api/users?limit=20&after=${after}`, agent)
        pages++
      }
    }
    const flood = Array.from({ length: CONNECTIONS }, askForPages)
    await readFor(300, hot)
    pages = 0
    const during = await readFor(seconds * 1000, hot)
    const pagesPerSecond = pages / seconds
    isOver = true
    await Promise.all(flood)
    return { aloneMs: at(alone, 0.5), usualMs: at(during, 0.5), slowMs: at(during, 0.99), pagesPerSecond }
  } finally {
    agent.destroy()
  }
}

/** Latencies in ascending order, ms. */
async function readFor(ms: number, hot: () => Promise<void>): Promise<number[]> {
  const latencies: number[] = []
  const end = performance.now() + ms
  for (let begun = performance.now(); begun < end; begun = performance.now()) {
    await hot()
    latencies.push(performance.now() - begun)
  }
  return latencies.sort((a, b) => a - b)
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

function read(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} was answered with ${response.statusCode}`))
      response.resume().once('end', resolve).once('error', reject)
    }).once('error', reject)
  })
}
