/** Compares errors: the log counts a failure that repeats instead of writing it again. */
import { errorChain } from './error-chain.ts'

/**
 * Returns a text that is equal for errors of the same failure: name, message and origin in the code, and those of the causes.
 * Numbers in a message are left out, because they often are ids or durations.
 */
export function failureKind(error: unknown): string {
  return errorChain(error).map(kindOf).join('\n')
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return withoutNumbers(String(error))
  return `${error.name}: ${withoutNumbers(error.message)} ${originOf(error)}`
}

/** Longest part of a message that is compared, in characters. */
const MAX_LENGTH = 500

function withoutNumbers(text: string): string {
  return text.slice(0, MAX_LENGTH).replaceAll(/\d+/g, '#')
}

/** The first frame of the stack. */
function originOf({ stack = '' }: Error): string {
  return /^\s+at .*/m.exec(stack)?.[0].trim() ?? ''
}
