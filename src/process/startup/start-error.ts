/** Errors that prevent the program from starting, and their messages for the operator. */
import { errorText } from '../logging/log.ts'

/** An error whose message is complete for the operator, without the stack. */
export class StartError extends Error {
  override name = 'StartError'
}

/** The message of an expected error. For any other error, its stack and causes. */
export function startErrorMessage(error: unknown): string {
  return error instanceof StartError ? error.message : errorText(error)
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
