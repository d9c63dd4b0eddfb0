/** The service as its runtimes start it, over a database that has a user of the given size for each id. */
import process from 'node:process'
import { openLog } from '../../src/process/logging/log.ts'
import { createDraining } from '../../src/process/serving/draining.ts'
import { readConfig } from '../../src/service/startup/config.ts'
import { openService } from '../../src/service/startup/open-service.ts'
import { inMemoryRepository } from '../../src/service/users/in-memory.ts'
import type { User } from '../../src/service/users/user.ts'
import { listen } from '../hit/listen.ts'
import { listenOnSocket } from '../hit/listen-on-socket.ts'

const [maxBytes = '', userBytes = ''] = process.argv.slice(2)

const config = readConfig(
  { DATABASE_URL: 'memory:', CACHE_MAX_BYTES: maxBytes, CACHE_TARGETED_CONTROL: 'max-age=86400' },
  { defaultHost: '127.0.0.1' },
)
const { fetch, hits } = openService({
  config,
  repository: { ...inMemoryRepository(), find: async (id) => userOf(id) },
  log: openLog({ level: 'warning', readable: false }).log,
  runtime: 'bench',
  coalesce: true,
})
const draining = createDraining(fetch)
if (process.versions.bun === undefined) await listenOnSocket(draining.fetch, hits)
else await listen(draining.fetch)

/** A new text each time, as a database driver returns it. */
function userOf(id: string): User {
  const name = `Name of ${id} `
  return { id, name: name.padEnd(Number(userBytes), name), email: `${id}@example.com` }
}
