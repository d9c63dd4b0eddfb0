/** Requests a URL in a loop on several connections, then prints how many requests and how many per second. Replaces wrk. */
import process from 'node:process'

const [url = '', seconds = '', connections = ''] = process.argv.slice(2)

const startedAt = performance.now()
const endAt = startedAt + Number(seconds) * 1000
let requests = 0
await Promise.all(Array.from({ length: Number(connections) }, requestUntilEnd))
const perSecond = requests / ((performance.now() - startedAt) / 1000)
process.stdout.write(JSON.stringify({ requests, perSecond }))

async function requestUntilEnd(): Promise<void> {
  while (performance.now() < endAt) {
    const response = await fetch(url)
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`${url} responded with ${response.status}`)
    requests++
  }
}
