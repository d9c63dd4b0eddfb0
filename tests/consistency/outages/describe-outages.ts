/**
 * Tests of one store: no operation fails during an outage, the tier is left alone while it is out, and is used again afterwards.
 * HITRATE_MATRIX=all runs every client with every outage, and one at a time.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { bin, type ProcessRuntime } from '../../runtimes/running-service.ts'
import type { StoreName } from '../stores/kind/address.ts'
import { ordinaryUser } from '../stores/kind/ordinary-user.ts'
import type { OutageKind } from '../stores/kind/outage-kind.ts'
import type { Cell, CellFigures } from './run-cell.ts'
import type { CellsTask } from './run-cells.ts'

export interface OutageRow<Name extends string> {
  runtime: ProcessRuntime
  client: string
  /** Also in the short form: all outages, or these. */
  short: 'all' | readonly Name[]
}

interface Row {
  runtime: ProcessRuntime
  cells: Cell[]
}

const isFull = process.env.HITRATE_MATRIX === 'all'

export function describeOutages<Name extends string>(
  store: StoreName,
  kind: OutageKind<Name>,
  table: readonly OutageRow<Name>[],
  skip: string | false,
): void {
  const rows = table.map(({ runtime, client, short }): Row => {
    const chosen = isFull || short === 'all' ? kind.names : short
    return { runtime, cells: chosen.map((outage) => ({ store, client, outage })) }
  })

  describe(`the outage matrix of ${store}`, { skip, timeout: 600_000 }, () => {
    const figures = new Map<string, CellFigures & { error?: string }>()
    const unhandled: string[] = []

    before(async () => {
      await Promise.all((['node', 'bun'] as const).map(runAllOn))
    })

    /** Cells that need another user have a process of their own. */
    async function runAllOn(runtime: ProcessRuntime): Promise<void> {
      const cells = rows
        .filter((row) => row.runtime === runtime)
        .flatMap((row) => row.cells)
        .filter(({ outage }) => kind.skip(outage as Name) === false)
      const needsUser = ({ outage }: Cell) => kind.needsOrdinaryUser(outage as Name)
      const usual = cells.filter((cell) => !needsUser(cell))
      const lines = await Promise.all([
        run(runtime, usual, {}),
        run(runtime, cells.filter(needsUser), ordinaryUser),
      ])
      for (const line of lines.flat()) {
        if ('unhandled' in line) unhandled.push(`${runtime}: ${line.unhandled}`)
        else figures.set(nameOf(runtime, line), line)
      }
    }

    for (const { runtime, cells } of rows) {
      for (const cell of cells) {
        const name = cell.outage as Name // a name of this kind
        const client = cell.client === '' ? store : cell.client
        it(`${client} on ${runtime} survives a store that is: ${name}`, { skip: kind.skip(name) }, () => {
          const found = figures.get(nameOf(runtime, cell)) ?? assert.fail('the cell was not run')
          assert.equal(found.error, undefined)
          assert.equal(found.failed, 0, `${found.failed} of ${found.operations} operations failed`)
          const opensBreaker = kind.opensBreaker(name)
          if (opensBreaker !== undefined) assert.equal(found.hasOpened, opensBreaker, 'the breaker is open')
          assert.notEqual(found.backMs, undefined, 'the tier was not used again')
        })
      }
    }

    it('no promise was rejected without a handler', () => {
      assert.deepEqual(unhandled, [])
    })
  })
}

function nameOf(runtime: string, { client, outage }: Cell): string {
  return `${runtime} ${client} ${outage}`
}

/** Runs cells in a process, and returns the lines that it prints. */
async function run(
  runtime: ProcessRuntime,
  cells: Cell[],
  user: { uid?: number; gid?: number },
): Promise<((CellFigures & { error?: string }) | { unhandled: string })[]> {
  if (cells.length === 0) return []
  const task: Partial<CellsTask> = { cells, parallel: isFull ? 1 : 6 }
  const program = join(import.meta.dirname, 'run-cells.ts')
  const child = spawn(bin(runtime), [program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...user,
  })
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
