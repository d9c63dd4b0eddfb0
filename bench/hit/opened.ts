/** The service as its runtimes open it, with the rows in place of its database. */
import process from 'node:process'
import { inMemoryRepository } from '../../src/repository/in-memory.ts'
import { readConfig } from '../../src/runtimes/config.ts'
import { incomingField } from '../../src/runtimes/incoming-field.ts'
import { openLog } from '../../src/runtimes/log.ts'
import { type OpenServiceOptions, openService, type Service } from '../../src/runtimes/open-service.ts'
import { rows } from './rows.ts'

export function openWithRows(): Service {
  const config = readConfig({ DATABASE_URL: 'memory:' }, { defaultHost: '127.0.0.1', oneThread: undefined })
  const repository: OpenServiceOptions['repository'] = {
    ...inMemoryRepository(),
    find: async (id) => rows.get(id),
  }
  const log = openLog({ level: config.logLevel, readable: false })
  const requestField = process.versions.bun === undefined ? incomingField : undefined
  return openService({ config, repository, log, runtime: 'bench', coalesce: true, requestField })
}
