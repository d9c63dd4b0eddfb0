/** Errors that prevent the service from starting, and their messages for the operator. */
import { errorText } from '../logging/log.ts'
import { RepositoryError } from '../users/repository.ts'
import { ConfigError } from './config.ts'

/** An error whose message is complete for the operator, without the stack. */
export class StartError extends Error {
  override name = 'StartError'
}

/** The message of an expected error. For any other error, its stack and causes. */
export function startErrorMessage(error: unknown): string {
  const isExpected = [StartError, ConfigError, RepositoryError].some((type) => error instanceof type)
  return isExpected ? (error as Error).message : errorText(error)
}

/** Converts an error of `listen()` into one for the operator. @param address the configured address, which the message names. */
export function listenError(error: unknown, address: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code === 'EADDRINUSE') return new StartError(`The port is taken: ${address}`, { cause: error })
  // An error with a code comes from the system. Its message describes the problem with the address.
  if (error instanceof Error && code !== undefined) {
    return new StartError(`Cannot listen on ${address}: ${error.message}`, { cause: error })
  }
  return error instanceof Error ? error : new Error(String(error))
}
