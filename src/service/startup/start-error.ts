/** What keeps the service from starting, in words for whoever started it. */

import { errorText } from '../logging/log.ts'
import { RepositoryError } from '../users/repository.ts'
import { ConfigError } from './config.ts'

/** Its message is for whoever started the service, and says all. */
export class StartError extends Error {
  override name = 'StartError'
}

/** Words for any error at start; of one that nobody has foreseen, all that there is to know. */
export function whyNotStarted(error: unknown): string {
  const told = [StartError, ConfigError, RepositoryError].some((type) => error instanceof type)
  return told ? (error as Error).message : errorText(error)
}

/** @param where the address, as it was configured. */
export function cannotListen(error: unknown, where: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code === 'EADDRINUSE') return new StartError(`The port is taken: ${where}`, { cause: error })
  // Errors of the system have a code, and their message says what is wrong with the address.
  if (error instanceof Error && code !== undefined) {
    return new StartError(`It cannot listen at ${where}: ${error.message}`, { cause: error })
  }
  return error instanceof Error ? error : new Error(String(error))
}
