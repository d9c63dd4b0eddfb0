/**
 * The outage matrix: no operation fails, the tier is left alone while it is out, and is used again afterwards. HITRATE_MATRIX=all
 * runs every client with every outage, and one at a time.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { bin, type ProcessRuntime } from '../../runtimes/running-service.ts'
import { skipUnless } from '../../support/installed.ts'
import { type Outage, type OutageName, outages } from './outages.ts'
import type { Cell, CellFigures } from './run-cell.ts'
import type { CellsTask } from './run-cells.ts'

interface Row {
  runtime: ProcessRuntime
  client: string
  /** Also in the short form: all outages, or these. */
  short: 'all' | readonly OutageName[]
}

const isFull = process.env.HITRATE_MATRIX === 'all'
const all = Object.keys(outages) as OutageName[]
const some: OutageName[] = ['killed', 'frozen', 'cuts its answers', 'answers with HTML', 'wrong password']
const rows: Row[] = [
  { runtime: 'node', client: 'ioredis', short: 'all' },
  { runtime: 'node', client: 'node-redis', short: some },
  { runtime: 'bun', client: 'Bun.RedisClient', short: some },
  { runtime: 'node', client: 'ioredis with its defaults', short: ['killed', 'frozen'] },
  { runtime: 'node', client: 'node-redis with its defaults', short: ['killed', 'frozen'] },
  { runtime: 'bun', client: 'Bun.RedisClient with its defaults', short: ['killed'] },
  { runtime: 'bun', client: 'ioredis', short: [] },
]

describe('the outage matrix', { skip: skipUnless('redis-server'), timeout: 600_000 }, () => {
  const figures = new Map<string, CellFigures & { error?: string }>()
  const unhandled: string[] = []

  before(async () => {
    await Promise.all((['node', 'bun'] as const).map(runAllOn))
  })

  async function runAllOn(runtime: ProcessRuntime): Promise<void> {
    const cells = rows.filter((row) => row.runtime === runtime).flatMap(cellsOf)
    for (const line of await run(runtime, cells)) {
      if ('unhandled' in line) unhandled.push(`${runtime}: ${line.unhandled}`)
      else figures.set(nameOf(runtime, line), line)
    }
  }

  for (const row of rows) {
    for (const cell of cellsOf(row)) {
      it(`${cell.client} on ${row.runtime} survives a server that is: ${cell.outage}`, () => {
        const outage: Outage = outages[cell.outage]
        const found = figures.get(nameOf(row.runtime, cell)) ?? assert.fail('the cell was not run')
        assert.equal(found.error, undefined)
        assert.equal(found.failed, 0, `${found.failed} of ${found.operations} operations failed`)
        if (outage.opensBreaker) assert.equal(found.hasOpened, true, 'the breaker did not open')
        assert.notEqual(found.backMs, undefined, 'the tier was not used again')
      })
    }
  }

  it('no promise was rejected without a handler', () => {
    assert.deepEqual(unhandled, [])
  })
})

function cellsOf({ client, short }: Row): Cell[] {
  const chosen = isFull || short === 'all' ? all : short
  return chosen.map((outage) => ({ client, outage }))
}

function nameOf(runtime: string, { client, outage }: Cell): string {
  return `${runtime} ${client} ${outage}`
}

/** Runs cells in a process, and returns the lines that it prints. */
async function run(
  runtime: ProcessRuntime,
  cells: Cell[],
): Promise<((CellFigures & { error?: string }) | { unhandled: string })[]> {
  const task: Partial<CellsTask> = { cells, parallel: isFull ? 1 : 6 }
  const program = join(import.meta.dirname, 'run-cells.ts')
  const child = spawn(bin(runtime), [program, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  await new Promise<void>((resolve) => child.once('close', () => resolve()))
  process.off('exit', kill)
  if (isFull) console.log(output)
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
