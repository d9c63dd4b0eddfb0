/** The parts of the service, and their validation. */
import type { Cache } from '../cache/cache.ts'
import type { FrontOptions } from '../http/front/front.ts'
import type { Instruments } from '../instruments/create-instruments.ts'
import type { Registry } from '../metrics/index.ts'
import {
  aBoolean,
  aFunction,
  aListOfStrings,
  anObject,
  aString,
  milliseconds,
  type OptionRules,
  oneOf,
  withMethods,
} from '../options.ts'
import type { RequestIdMode } from '../process/ids/request-ids.ts'
import type { Phase } from '../process/phase.ts'
import type { AnsweredRequest, ClientOf } from '../process/requests/answered-request.ts'
import type { RefusedRequest } from './access/report-refusals.ts'
import type { UserRepository } from './users/repository.ts'

/** The parts that the service is made of. */
export interface Parts {
  repository: UserRepository
  cache: Cache
  registry: Registry
  instruments: Pick<Instruments, 'onRequestStart' | 'onRequestEnd' | 'onRequest'>
  /** Health check of each cache tier, by the tier's name. The promise rejects when the tier is unavailable. */
  tiers: Readonly<Record<string, () => Promise<void>>>
  version: string
  runtime: string
  uptimeSeconds: () => number
  /** Phase of the process. `/health/ready` responds with 503 while it is not `ready`. Default: always `ready`. */
  phase?: () => Phase
  /** Lifetimes of stored users, as directives of `Hitrate-Cache-Control`. */
  targetedControl: string
  /** Time limit of a repository operation of a GET, in ms. Default: 30,000. */
  hardTimeoutMs?: number
  /** Bearer token that writes must send in `Authorization`. Default: none, so writes are refused unless `openWrites` is set. */
  apiToken?: string | undefined
  /** Lets anyone write while there is no `apiToken`, for a service on loopback. Default: false. */
  openWrites?: boolean
  /** Bearer token that reads of users must send in `Authorization`; `apiToken` allows them too. Default: none, so users are public. */
  readToken?: string | undefined
  /** Origins whose pages may read responses below `/api/`: `*` for all, or such as `https://app.example.com`. Default: none. */
  corsOrigins?: '*' | readonly string[] | undefined
  /** Bearer token that scrapes must send in `Authorization`. Default: none, so anyone may read the metrics. */
  metricsToken?: string | undefined
  /** Bearer token that purges must send in `Authorization`. Default: none, so there is no purge route. */
  adminToken?: string | undefined
  /** Serves the OpenAPI document of the routes at `/openapi.json`, and its page at `/docs`. Default: true. */
  apiDocs?: boolean
  /**
   * The ids of requests: `X-Request-Id` and `traceparent`, taken or made, in responses, problem documents and `onError`. Default:
   * `on`, all requests, except that hits of the front get ids only if their request has one. `all` gives them to those too; `off`
   * to none.
   */
  requestIds?: RequestIdMode
  /** Called at the end of every request. */
  onRequest?: (request: AnsweredRequest) => void
  /** Finds the `client` of a request for `onRequest` and `onRefused`. Default: it is not known. */
  clientOf?: ClientOf | undefined
  /** Called for a request without its token (401), and for a purge whose body cannot be read (400, 413, 415). */
  onRefused?: (request: RefusedRequest) => void
  /** Reads a request header for the front, on runtimes that have a faster way than `request.headers`. */
  requestField?: FrontOptions['readHeader'] | undefined
  /**
   * Called for every error that is not the client's fault. For a failed health check, `context` has the `part`. For a failed
   * handler, it has the `method`, `path`, `requestId` and `traceId` of the request, and in a background refresh also
   * `load: 'background'`. For the first error of a callback that observes requests, such as `onRequest`, it has the `callback`.
   */
  onError?: (error: unknown, context: Record<string, string>) => void
  /** Called when a health check succeeds again after a failure, with the `part` that `onError` had. */
  onRecovery?: (part: string) => void
}

/** The parts without a default. */
export const REQUIRED_PARTS = [
  'repository',
  'cache',
  'registry',
  'instruments',
  'tiers',
  'version',
  'runtime',
  'uptimeSeconds',
  'targetedControl',
] as const satisfies (keyof Parts)[]

export const partRules: OptionRules<Parts> = {
  repository: withMethods(
    'a user repository such as inMemoryRepository()',
    ...['find', 'findMany', 'page', 'count', 'create', 'update', 'remove', 'ping'],
  ),
  cache: withMethods('a cache made by createCache()', 'lookup', 'read', 'invalidateTags', 'clear', 'now'),
  registry: withMethods('a registry made by createRegistry()', 'collect'),
  instruments: withMethods(
    'instruments made by createInstruments()',
    ...['onRequestStart', 'onRequestEnd', 'onRequest'],
  ),
  tiers: anObject,
  version: aString,
  runtime: aString,
  uptimeSeconds: aFunction,
  phase: aFunction,
  targetedControl: aString,
  hardTimeoutMs: milliseconds,
  apiToken: aString,
  openWrites: aBoolean,
  readToken: aString,
  corsOrigins: {
    expected: '"*" or an array of origins',
    isValid: (value) => value === '*' || aListOfStrings.isValid(value),
  },
  metricsToken: aString,
  adminToken: aString,
  apiDocs: aBoolean,
  requestIds: oneOf('on', 'all', 'off'),
  onRequest: aFunction,
  clientOf: aFunction,
  onRefused: aFunction,
  requestField: aFunction,
  onError: aFunction,
  onRecovery: aFunction,
}
