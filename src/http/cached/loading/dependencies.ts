/** Decides whether the handler's response depends on parts of the request that nothing declares. */
import type { Context } from 'hono'
import type { Warning } from '../../../cache/events.ts'
import { recordEarlier } from '../../context/reads/earlier-middleware.ts'
import type { Directives } from '../../fields/cache-control.ts'
import { dependsOnForeignHost } from '../../policy/foreign-host.ts'
import { dependsOn, type ReadHeaders, token, undeclaredHeaders } from '../../policy/undeclared-headers.ts'
import type { CacheRequest } from '../cache-request.ts'
import type { Route } from '../route.ts'
import { type HandlerReads, hasReads, recordReads } from './handler-run.ts'

type Request = Pick<CacheRequest, 'c' | 'header' | 'resource' | 'earlier'>

/** The handler's response, before this cache added any header. */
export interface HandlerResponse {
  headers: Headers
  /** Directives from the handler's own headers. */
  directives: Directives
  reads: HandlerReads
}

export interface DependencyVerdict {
  /** The reason why no other request may get the response, as the detail for `Cache-Status`. */
  reason?: 'host' | `depends-on-${string}`
  /**
   * True if only requests with the same headers may get the response: the handler has read a variable, and the headers on which
   * its value depends are not known yet.
   */
  guarded: boolean
  warnings: Warning[]
}

/** The variable of `secureHeaders`. Its value is in the headers of one response, so no other response may contain it. */
const NONCE = 'secureHeadersNonce'

export async function judgeDependencies(
  route: Route,
  request: Request,
  response: HandlerResponse,
): Promise<DependencyVerdict> {
  const { c, header } = request
  const { headers, directives, reads } = response
  if (!hasReads(reads)) return { guarded: false, warnings: [] }
  const hostRequest = { headersRead: reads.headers.names, host: header('host'), url: c.req.url }
  if (dependsOnForeignHost(hostRequest, headers.get('vary'))) {
    return { reason: 'host', guarded: false, warnings: [] }
  }
  const declared = new Declared(route, request, response)
  const variables = new Map(reads.variables)
  for (const name of route.ignoredVariables) variables.delete(name)
  if (variables.get(NONCE)) return refused('nonce')
  variables.delete(NONCE) // secureHeaders() behind the cache looks for it before it makes one
  const undeclared = await declared.firstWithout(reads.headers)
  if (undeclared !== undefined) return refused(undeclared)
  if (variables.size === 0 || directives.has('public')) return { guarded: false, warnings: [] }
  return judgeVariables(request, declared, variables)
}

function refused(name: string): DependencyVerdict {
  const reason = dependsOn(name)
  return { reason, guarded: false, warnings: [reason] }
}

/** Judges variables that middleware before the cache may have set: each depends on the headers that its setter has read. */
async function judgeVariables(
  { c, header, earlier }: Request,
  declared: Declared,
  variables: ReadonlyMap<string, boolean>,
): Promise<DependencyVerdict> {
  const { recording } = earlier
  const count = recordEarlier(c, earlier)
  const verdict: DependencyVerdict = { guarded: false, warnings: [] }
  if (count === 0) return verdict // no middleware has run before
  for (const [name, isSet] of variables) {
    if (await declared.hasVariableInKey(name)) continue
    if (recording === undefined || recording.count !== count) verdict.guarded = true
    else {
      const undeclared = await declared.firstWithout(recording.dependenciesOf(name))
      if (undeclared !== undefined) return refused(undeclared)
    }
    if (isSet) verdict.warnings.push(`reads-variable-${token(name, 'other')}`)
  }
  const hasCredentials = header('cookie') !== undefined || header('authorization') !== undefined
  if (verdict.guarded && hasCredentials) verdict.reason = 'depends-on-variable'
  return verdict
}

/** The dependencies that the response, the key and the options declare. */
class Declared {
  readonly #route: Route
  readonly #request: Request
  readonly #response: HandlerResponse
  #ofKey: Promise<HandlerReads> | undefined

  constructor(route: Route, request: Request, response: HandlerResponse) {
    this.#route = route
    this.#request = request
    this.#response = response
  }

  /** The first header that was read and is not declared. */
  async firstWithout(read: ReadHeaders): Promise<string | undefined> {
    const { c, header, resource } = this.#request
    const { headers, directives } = this.#response
    const undeclared = undeclaredHeaders(read, header, {
      vary: headers.get('vary'),
      allowOrigin: headers.get('access-control-allow-origin'),
      directives,
      ignored: this.#route.ignoredHeaders,
      isHostInKey: this.#route.keyOfUrl !== undefined || resource.includes(URL.parse(c.req.url)?.host ?? ''),
    })
    if (undeclared.length === 0) return undefined
    const ofKey = await this.#readsOfKey()
    return undeclared.find(
      (name) => !(ofKey?.headers.names.has(name) || (name === 'content-type' && isReadByValidator(c))),
    )
  }

  async hasVariableInKey(name: string): Promise<boolean> {
    return (await this.#readsOfKey())?.variables.has(name) ?? false
  }

  /** Generates the key once more to find its parts. Costs a call only after a load whose dependencies are not declared. */
  async #readsOfKey(): Promise<HandlerReads | undefined> {
    const { c } = this.#request
    const { keyOf, keyOfUrl } = this.#route
    if (keyOfUrl !== undefined) return undefined
    this.#ofKey ??= recordReads(c, async () => {
      try {
        await keyOf(c)
      } catch {
        // The response has a key that was generated before. A part that was not read now counts as no part of it.
      }
    })
    return this.#ofKey
  }
}

/**
 * True if a validator of Hono has read `Content-Type`. All of them read it, but only those of a body use it, and a GET has no
 * body.
 */
function isReadByValidator({ req }: Context): boolean {
  const hasRun = (target: string) => req.valid(target as never) !== undefined // `never`: this context declares no validator
  return ['query', 'param', 'header', 'cookie'].some(hasRun) && !['json', 'form'].some(hasRun)
}
