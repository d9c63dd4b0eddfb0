/** Fuzzes on the runtime that runs this program: `program.ts SEED REQUESTS`. Ends with status 1 after a difference. */
import process from 'node:process'
import { explain } from './explain.ts'
import { fuzz } from './fuzz.ts'
import { generateScripts } from './generate/generate-script.ts'
import { playResets } from './play/resets.ts'
import { closingStalled, references, tested } from './play/runtime-listeners.ts'
import { playStalled } from './play/stalled.ts'

const [seed = 1, requests = 1] = process.argv.slice(2).map(Number)
const runtime =
  process.versions.bun === undefined ? `Node ${process.versions.node}` : `Bun ${process.versions.bun}`
const startedAt = performance.now()
const report = await fuzz({
  scripts: generateScripts(seed, requests),
  references,
  tested,
  onProgress: (done) => process.stderr.write(`\r${done} of ${requests}`),
})
process.stderr.write('\r')

const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
console.log(`${runtime}, seed ${seed}: ${tested.map(({ name }) => name).join(' and ')}`)
console.log(`compared with ${references.map(({ name }) => name).join(' and ')} and the same, paced`)
console.log(
  `${report.requests} requests on ${report.scripts} connections, ${report.responses} responses, ${seconds} s`,
)
for (const [name, count] of Object.entries(report.refused)) {
  console.log(`${name}: ${count} connections refused earlier than by the reference`)
}
if (report.difference === undefined) console.log('no difference')
else {
  console.log(await explain(report.difference, { references, tested }))
  console.log(
    `\nnpm run fuzz -- --seed ${report.difference.script.seed} --requests 1 plays the first such script again`,
  )
}

const faults: string[] = []
for (const listener of tested) {
  const found = await playResets(listener, generateScripts(seed, requests / 100))
  faults.push(...found.map((fault) => `after resets by clients, ${listener.name}: ${fault}`))
}
faults.push(...(await playStalled(closingStalled, { seed, connections: 100 })))
for (const fault of faults.slice(0, 5)) console.log(fault)
if (faults.length > 5) console.log(`${faults.length} faults in all`)
if (faults.length === 0) {
  console.log(`clients that reset ${Math.ceil(requests / 100)} requests: no fault`)
  console.log(`clients that stall, at ${closingStalled.map(({ name }) => name).join(' and ')}: no difference`)
}
console.log('')
process.exit(report.difference === undefined && faults.length === 0 ? 0 : 1)
