/** Runs the examples of docs/ given as arguments, one after the other, each on a clock that starts anew. */
import { installDocsClock } from './docs-clock.ts'

const clock = installDocsClock()
process.on('unhandledRejection', (error) => console.log(`unhandled rejection: ${String(error)}`))
process.on('uncaughtException', (error) => console.log(`uncaught exception: ${String(error)}`))

/** Bounds an example in real time. One that waits for a timer without calling `later` would never end. */
const MAX_MS = 5000

for (const file of process.argv.slice(2)) {
  console.log(`\u0000${file}`) // tests/docs.test.ts splits the output here
  clock.reset()
  const hasEnded = await Promise.race([
    import(file).catch((error: unknown) => console.log(`thrown: ${String(error)}`)).then(() => true),
    clock.inRealTime(MAX_MS).then(() => false),
  ])
  if (!hasEnded) console.log(`not ended after ${MAX_MS} ms: does it wait for a timer without later()?`)
  await clock.settle()
}
process.exit()
