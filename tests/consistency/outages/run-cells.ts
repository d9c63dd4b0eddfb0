/**
 * Runs cells of the outage matrix in this runtime, and prints the figures of each as a line of JSON.
 *
 *     node tests/consistency/outages/run-cells.ts '{"cells":[{"store":"redis","client":"ioredis","outage":"killed"}],"parallel":1}'
 */
import process from 'node:process'
import { type Cell, type CellOptions, runCell } from './run-cell.ts'

export interface CellsTask extends CellOptions {
  cells: Cell[]
  /** Number of cells at a time: 1 to measure. */
  parallel: number
}

const defaults = { outageMs: 600, patienceMs: 15_000, parallel: 1, cells: [] }
const task: CellsTask = { ...defaults, ...JSON.parse(process.argv[2] ?? '{}') }
const waiting = [...task.cells]
process.on('unhandledRejection', (error) =>
  print({ unhandled: String(error instanceof Error ? error.stack : error) }),
)
await Promise.all(Array.from({ length: task.parallel }, runSome))
process.exit(0) // clients whose connection never came back could keep the process

async function runSome(): Promise<void> {
  for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
    try {
      print(await runCell(cell, task))
    } catch (error) {
      print({ ...cell, error: String(error instanceof Error ? error.stack : error) })
    }
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
