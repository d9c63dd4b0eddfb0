/** The conformance rows over real sockets: headers that the servers add must not contradict those of the cache. */
import { after, before, describe, it } from 'node:test'
import { chapters } from '../conformance/chapters.ts'
import type { Row } from '../conformance/row.ts'
import { runRow } from '../conformance/run-row.ts'
import { rounds } from '../support/rounds.ts'
import { type Sockets, throughSockets } from './conformance/sockets.ts'
import { type RunningService, startProgram, startWorkerProgram } from './running-service.ts'

const rows = Object.values(chapters).flat()
const folder = 'tests/runtimes/conformance'

describeRows('Node', () => startProgram('node', `${folder}/node.ts`), rows)
const essentials = rows.filter(({ essential }) => essential)
// The unit tests play all rows on Bun; its sockets add the same headers to each.
const isLong = rounds(0, 1) === 1
describeRows('Bun', () => startProgram('bun', `${folder}/bun.ts`), isLong ? rows : essentials)
describeRows('the socket of Node', () => startProgram('node', `${folder}/socket.ts`), essentials)
describeRows('the socket of Bun', () => startProgram('bun', `${folder}/socket.ts`), essentials)
describeRows('workerd', () => startWorkerProgram(`${folder}/worker.ts`), essentials)

function describeRows(runtime: string, start: () => Promise<RunningService>, chosen: readonly Row[]): void {
  describe(`conformance over sockets on ${runtime}`, () => {
    let service: RunningService | undefined
    let sockets: Sockets | undefined

    before(async () => {
      service = await start()
      sockets = throughSockets(service.url, runtime !== 'workerd') // with workerd the network adds Date
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
