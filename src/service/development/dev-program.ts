/** The service of `npm run dev`: its page has buttons that make the database slow, break it, and send a crowd. */

import { isLoopback } from '../../process/access/loopback.ts'
import type { Program } from '../../process/serving/program.ts'
import { StartError } from '../../process/startup/start-error.ts'
import type { Config } from '../startup/config.ts'
import { openServiceProgram, serviceProgram } from '../startup/service-program.ts'
import { DatabaseFaults } from './database-faults.ts'
import { devControls } from './dev-controls.ts'

/**
 * Whoever sees the page may press the buttons, so this program listens on loopback only. With several threads it has no buttons,
 * because each thread has a database of its own to break.
 */
export const devProgram: Program<Config> = {
  ...serviceProgram,
  readConfig(runtime) {
    const config = serviceProgram.readConfig(runtime)
    if (isLoopback(config.host)) return config
    throw new StartError(
      `HOST: must be a loopback address with npm run dev, because its page can break the database, got ${config.host}. Use npm run start`,
    )
  },
  async open(options) {
    const { config, log } = options
    if (config.threads > 1) return serviceProgram.open(options)
    const faults = new DatabaseFaults()
    return openServiceProgram(options, {
      around: (repository) => faults.applyTo(repository),
      controls: ({ cache, fetch }) => devControls({ faults, cache, log, fetch, token: config.readToken }),
    })
  },
}
