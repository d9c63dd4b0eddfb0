/** The conformance rows through real sockets: what the servers add must not contradict what the cache says. */
import { after, before, describe, it } from 'node:test'
import { chapters } from '../conformance/chapters.ts'
import type { Row } from '../conformance/row.ts'
import { runRow } from '../conformance/run-row.ts'
import { type Sockets, throughSockets } from './conformance/sockets.ts'
import { type RunningService, startProgram, startWorkerProgram } from './running-service.ts'

const rows = Object.values(chapters).flat()
const folder = 'tests/runtimes/conformance'

tell('Node', () => startProgram('node', `${folder}/node.ts`), rows)
tell('Bun', () => startProgram('bun', `${folder}/bun.ts`), rows)
const essentials = rows.filter(({ essential }) => essential)
tell('workerd', () => startWorkerProgram(`${folder}/worker.ts`), essentials)

function tell(runtime: string, start: () => Promise<RunningService>, chosen: readonly Row[]): void {
  describe(`conformance through sockets, on ${runtime}`, () => {
    let service: RunningService | undefined
    let sockets: Sockets | undefined

    before(async () => {
      service = await start()
      sockets = throughSockets(service.url, runtime !== 'workerd') // there the network adds it
    })
    after(async () => {
      sockets?.close()
      await service?.end()
    })

    for (const row of chosen) {
      it(row.name, { skip: row.inProcessOnly ?? false }, async () => {
        if (sockets) await runRow(row, sockets)
      })
    }
  })
}
