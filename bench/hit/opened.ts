/** The service as its runtimes open it, with fixed rows in place of its database. */
import { openLog } from '../../src/process/logging/log.ts'
import { readConfig } from '../../src/service/startup/config.ts'
import { type OpenServiceOptions, openService, type Service } from '../../src/service/startup/open-service.ts'
import { inMemoryRepository } from '../../src/service/users/in-memory.ts'
import { rowOf } from './rows.ts'

/** Epoch ms. Responses have `Last-Modified`, as those of a database do. */
const MODIFIED_AT = Date.UTC(2026, 10, 22)

export function openWithRows(): Service {
  const config = readConfig(
    { DATABASE_URL: 'memory:' },
    { defaultHost: '127.0.0.1', singleThreadReason: undefined },
  )
  const repository: OpenServiceOptions['repository'] = {
    ...inMemoryRepository(),
    async find(id) {
      const row = rowOf(id)
      return row && { ...row, modifiedAt: MODIFIED_AT }
    },
  }
  const { log } = openLog({ level: config.logLevel, readable: false })
  return openService({ config, repository, log, runtime: 'bench', coalesce: true })
}
