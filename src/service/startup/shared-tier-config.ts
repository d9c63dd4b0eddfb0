/** Configuration of the shared tier: its variables, and the rules between them. */
import * as z from 'zod'
import { wholeNumber } from './config-numbers.ts'
import { parseRedisUrl, type RedisAddress, RedisUrlError } from './redis-url.ts'

export type SharedTierConfig = { kind: 'redis'; address: RedisAddress } & {
  /** Budget of a read for the shared tier, in ms. */
  timeoutMs: number
}

const redisUrl = z.string().transform((url, context): RedisAddress => {
  try {
    return parseRedisUrl(url)
  } catch (error) {
    if (!(error instanceof RedisUrlError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
    return z.NEVER
  }
})

export const sharedTierVariables = {
  REDIS_URL: redisUrl.optional(),
  CACHE_REMOTE_TIMEOUT_MS: wholeNumber(1, 60_000, 'milliseconds').default(50),
}

/** The valid variables of the shared tier. */
type SharedTierVariables = z.output<z.ZodObject<typeof sharedTierVariables>>

/** Returns `undefined` without a shared tier. */
export function sharedTierOf(variables: SharedTierVariables): SharedTierConfig | undefined {
  const { REDIS_URL, CACHE_REMOTE_TIMEOUT_MS: timeoutMs } = variables
  return REDIS_URL && { kind: 'redis', address: REDIS_URL, timeoutMs }
}

/**
 * Returns an error for each variable of the shared tier that has no effect, because it would surprise the operator.
 *
 * @param values the variables that are set, as texts.
 * @param noSharedTierReason the reason why there can be no shared tier; `undefined` if there can be one.
 */
export function sharedTierProblems(
  values: Readonly<Record<string, string | undefined>>,
  noSharedTierReason: string | undefined,
): string[] {
  const isSet = (name: string) => values[name] !== undefined
  if (noSharedTierReason !== undefined) {
    return Object.keys(sharedTierVariables)
      .filter(isSet)
      .map((name) => `${name}: must not be set: ${noSharedTierReason}`)
  }
  const hasNoEffect = isSet('CACHE_REMOTE_TIMEOUT_MS') && !isSet('REDIS_URL')
  return hasNoEffect ? ['CACHE_REMOTE_TIMEOUT_MS: has no effect without REDIS_URL'] : []
}
