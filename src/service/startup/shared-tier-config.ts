/** Configuration of the shared tier: its variables, and the rules between them. */
import * as z from 'zod'
import { parseRedisUrl, type RedisAddress, RedisUrlError } from '../../process/startup/redis-url.ts'
import type { SharedTierConfig } from '../../process/startup/tiers/shared-tier-config.ts'
import {
  parseServers,
  ServerAddressError,
  serverName,
} from '../../stores/memcached/client/addressing/server-address.ts'
import { bytes, wholeNumber } from './config-numbers.ts'

const redisUrl = z.string().transform((url, context): RedisAddress => {
  try {
    return parseRedisUrl(url)
  } catch (error) {
    if (!(error instanceof RedisUrlError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
    return z.NEVER
  }
})

const memcachedServers = z.string().transform((text, context): string[] => {
  try {
    return parseServers(text).map(serverName)
  } catch (error) {
    if (!(error instanceof ServerAddressError)) throw error
    // The message of the error contains the address, which must not appear if it contains a password.
    const hasCredentials = text.includes('@')
    const message = hasCredentials
      ? 'must have no user and password: MEMCACHED_USERNAME and MEMCACHED_PASSWORD are for them'
      : error.message
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
})

/** A URL such as that of `DATABASE_URL` would be the path of a file in a folder of its scheme. A drive has one letter. */
const cacheFile = z
  .string()
  .regex(
    /^(?![a-z][\w+.-]+:|:memory:)(?:.*[^/])$/i,
    'must be the path of a file, such as ./data/cache.sqlite',
  )

/** The tables of an empty file need some room. */
const fileBytes = bytes.pipe(z.number().min(2 ** 20, 'must be at least 1MiB'))

export const sharedTierVariables = {
  REDIS_URL: redisUrl.optional(),
  MEMCACHED_SERVERS: memcachedServers.optional(),
  MEMCACHED_USERNAME: z
    .string()
    .regex(/^[!-~]+$/, 'must be printable ASCII without spaces')
    .optional(),
  MEMCACHED_PASSWORD: z
    .string()
    .regex(/^[!-~]+$/, 'must be printable ASCII without spaces')
    .optional(),
  MEMCACHED_TLS: z.enum(['on', 'off'], 'must be on or off').default('off'),
  CACHE_FILE: cacheFile.optional(),
  CACHE_FILE_MAX_BYTES: fileBytes.default(2 ** 30),
  CACHE_REMOTE_TIMEOUT_MS: wholeNumber(1, 60_000, 'milliseconds').default(50),
}

/** The valid variables of the shared tier. */
type SharedTierVariables = z.output<z.ZodObject<typeof sharedTierVariables>>

/** Returns `undefined` without a shared tier. */
export function sharedTierOf(variables: SharedTierVariables): SharedTierConfig | undefined {
  const { REDIS_URL, MEMCACHED_SERVERS, CACHE_FILE, CACHE_REMOTE_TIMEOUT_MS: timeoutMs } = variables
  if (REDIS_URL !== undefined) return { kind: 'redis', address: REDIS_URL, timeoutMs }
  if (MEMCACHED_SERVERS !== undefined) {
    return {
      kind: 'memcached',
      servers: MEMCACHED_SERVERS,
      tls: variables.MEMCACHED_TLS === 'on',
      username: variables.MEMCACHED_USERNAME,
      password: variables.MEMCACHED_PASSWORD,
      timeoutMs,
    }
  }
  if (CACHE_FILE === undefined) return undefined
  return { kind: 'file', path: CACHE_FILE, maxBytes: variables.CACHE_FILE_MAX_BYTES, timeoutMs }
}

type Variable = keyof typeof sharedTierVariables

/** The variables that choose a shared tier. */
const TIERS: readonly Variable[] = ['REDIS_URL', 'MEMCACHED_SERVERS', 'CACHE_FILE']

/** The variables that have an effect only beside one of others. */
const DEPENDENT: readonly [name: Variable, on: readonly Variable[]][] = [
  ['MEMCACHED_USERNAME', ['MEMCACHED_SERVERS']],
  ['MEMCACHED_PASSWORD', ['MEMCACHED_SERVERS']],
  ['MEMCACHED_TLS', ['MEMCACHED_SERVERS']],
  ['CACHE_FILE_MAX_BYTES', ['CACHE_FILE']],
  ['CACHE_REMOTE_TIMEOUT_MS', TIERS],
]

/**
 * Returns an error for each variable of the shared tier that contradicts another, or has no effect, which would surprise the
 * operator.
 *
 * @param values the variables that are set, as texts.
 * @param noSharedTierReason the reason why there can be no shared tier; `undefined` if there can be one.
 */
export function sharedTierProblems(
  values: Readonly<Record<string, string | undefined>>,
  noSharedTierReason: string | undefined,
): string[] {
  const isSet = (name: Variable) => values[name] !== undefined
  if (noSharedTierReason !== undefined) {
    return variableNames.filter(isSet).map((name) => `${name}: must not be set: ${noSharedTierReason}`)
  }
  const [tier, ...others] = TIERS.filter(isSet)
  return [
    ...others.map((name) => `${name}: must not be set beside ${tier}, because a cache has one shared tier`),
    ...DEPENDENT.filter(([name, on]) => isSet(name) && !on.some(isSet)).map(
      ([name, on]) => `${name}: has no effect without ${listed(on)}`,
    ),
    ...(isSet('MEMCACHED_SERVERS') && isSet('MEMCACHED_USERNAME') !== isSet('MEMCACHED_PASSWORD')
      ? ['MEMCACHED_USERNAME: must be set together with MEMCACHED_PASSWORD']
      : []),
  ]
}

const variableNames = Object.keys(sharedTierVariables) as Variable[] // typed as strings by TypeScript

/** Returns `A`, or `A, B or C`. */
function listed(names: readonly string[]): string {
  return names.join(', ').replace(/, (?=\w+$)/, ' or ')
}
