/** The service as its runtimes open it, with fixed rows in place of its database. */
import { openLog } from '../../src/service/logging/log.ts'
import { readConfig } from '../../src/service/startup/config.ts'
import { type OpenServiceOptions, openService, type Service } from '../../src/service/startup/open-service.ts'
import { inMemoryRepository } from '../../src/service/users/in-memory.ts'
import { rowOf } from './rows.ts'

export function openWithRows(): Service {
  const config = readConfig(
    { DATABASE_URL: 'memory:' },
    { defaultHost: '127.0.0.1', singleThreadReason: undefined },
  )
  const repository: OpenServiceOptions['repository'] = {
    ...inMemoryRepository(),
    find: async (id) => rowOf(id),
  }
  const log = openLog({ level: config.logLevel, readable: false })
  return openService({ config, repository, log, runtime: 'bench', coalesce: true })
}
