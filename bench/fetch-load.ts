/** Asks a URL over and over on so many connections, then says how often it was answered. For machines without wrk. */
import process from 'node:process'

const [url = '', seconds = '', connections = ''] = process.argv.slice(2)

const startedAt = performance.now()
const endAt = startedAt + Number(seconds) * 1000
let requests = 0
await Promise.all(Array.from({ length: Number(connections) }, askUntilTheEnd))
const perSecond = requests / ((performance.now() - startedAt) / 1000)
process.stdout.write(JSON.stringify({ requests, perSecond }))

async function askUntilTheEnd(): Promise<void> {
  while (performance.now() < endAt) {
    const response = await fetch(url)
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
    requests++
  }
}
