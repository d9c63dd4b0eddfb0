/** Requests a URL in a loop on several connections, then prints how many requests and how many per second. Replaces wrk. */
import process from 'node:process'

/** The argument of the command, as JSON. */
export interface FetchLoad {
  url: string
  headers: Record<string, string>
  /** True if a number is appended to each URL, so that none is requested twice. */
  isMiss: boolean
  seconds: number
  connections: number
}

const { url, headers, isMiss, seconds, connections }: FetchLoad = JSON.parse(process.argv[2] ?? '')

const startedAt = performance.now()
const endAt = startedAt + seconds * 1000
let requests = 0
let started = 0
await Promise.all(Array.from({ length: connections }, requestUntilEnd))
const perSecond = requests / ((performance.now() - startedAt) / 1000)
process.stdout.write(JSON.stringify({ requests, perSecond }))

async function requestUntilEnd(): Promise<void> {
  while (performance.now() < endAt) {
    const response = await fetch(isMiss ? url + started++ : url, { headers })
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`${url} responded with ${response.status}`)
    requests++
  }
}
