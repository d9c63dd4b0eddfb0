/** The load of an HTTP cache: asks the handler, with validators where there are any, and says what may be kept. */
import type { Context } from 'hono'
import { type Cache, MAX_KEY_LENGTH } from '../../cache/cache.ts'
import { type Loaded, loaded } from '../../cache/lifetime.ts'
import type { LoadContext } from '../../cache/read.ts'
import { markAsBackground } from '../context/background-refresh.ts'
import {
  cancelBody,
  headersOf304,
  ownHeaders,
  resetContext,
  setHeader,
  setResponse,
} from '../context/context-response.ts'
import { waitUntil } from '../context/execution-context.ts'
import { whenResponseTaken } from '../context/response-taken.ts'
import { withoutInternalHeaders } from '../fields/internal-headers.ts'
import { joinVary, matchesSelecting, selectingHeaders } from '../fields/vary.ts'
import { removeAddedDirectives, withAddedDirectives } from '../policy/added-directives.ts'
import { dependsOnForeignHost } from '../policy/foreign-host.ts'
import { type HitForMiss, hitForMissKey } from '../policy/hit-for-miss.ts'
import { judgeStorage, type PolicyOptions, type StorageVerdict } from '../policy/storage-policy.ts'
import { undeclaredDependency } from '../policy/undeclared-dependency.ts'
import { type Variants, variantsTag } from '../policy/variants.ts'
import {
  createStoredResponse,
  createStreamedResponse,
  type ResponseHead,
} from '../stored/create-stored-response.ts'
import { type BodyLimits, readBody } from '../stored/read-body.ts'
import { StoredResponse } from '../stored/stored-response.ts'
import type { Kept, Question, Told } from './cache-request.ts'
import { askAsItIs, askPlainly } from './call-handler.ts'

export interface HandlerLoadOptions {
  cache: Cache
  policy: PolicyOptions
  /** Field names added to `Vary`. */
  varyBy: readonly string[]
  limits: BodyLimits
  variants: Variants
  hitForMiss: HitForMiss
}

/** What the cache may do with the request: `bypass` leaves it to the handler alone. */
export type Asking = 'for everyone' | 'bypass'

export type HandlerLoad = (
  question: Question,
  asking: Asking,
  told: Told,
) => (context: LoadContext) => Promise<Loaded<Kept>>

/** Makes the load of each question. The handler's own answer stays in `c.res`, until something is put in its place. */
export function createHandlerLoad(options: HandlerLoadOptions): HandlerLoad {
  const { cache, policy, varyBy, limits, variants, hitForMiss } = options
  /** Which warnings of which routes were given already. */
  const warned = new Set<string>()

  return (question, asking, told) =>
    async function load({ background }) {
      if (!background) return ask(question, asking, told)
      const { c } = question
      await readyForMore(c)
      const answer = await ask({ ...question, alone: false }, asking, told)
      if (answer.value === undefined) cancelBody(c.res.body) // there is nobody to read it
      return answer
    }

  async function ask(question: Question, asking: Asking, told: Told): Promise<Loaded<Kept>> {
    const { c, next, header } = question
    told.asked = true
    const kept = asking === 'bypass' ? undefined : validatable(question)
    // Where the answer is of use to this client alone, the handler gets its conditions and range too, and may answer them.
    const asItIs = asking === 'bypass' || (question.alone && kept === undefined)
    const read = await (asItIs ? askAsItIs(c, next) : askPlainly(c, next, kept?.conditionalHeaders))
    if (!c.finalized) throw new Error('cached: the handler gave no answer')
    // A cache within takes whoever reads `finalized` and at once `res` for Hono itself, see whenResponseTaken.
    await null
    if (c.error !== undefined) return thrown(c, told)

    const isValidated = kept !== undefined && c.res.status === 304
    if (isValidated && !validated(question, kept, told)) return forThisClient(kept.status, kept)
    setHeader(c, 'vary', joinVary(c.res.headers.get('vary'), varyBy))
    const { status, headers } = c.res
    const verdict = judgeStorage(header('authorization') !== undefined, status, headers, policy, cache.now())
    // Only after the judgement: it must not be taken for the handler's own.
    setHeader(c, 'cache-control', withAddedDirectives(c.res, policy))
    if (asking === 'bypass') return forThisClient(status)

    const reason = whyNot(question, verdict, asItIs, read.names, headers)
    if (!verdict.store || reason !== undefined) {
      told.detail = reason ?? 'no-store'
      // A client that says another host is alone with its answer: that says nothing of what others get.
      if (status < 500 && reason !== 'host') hitForMiss.add(hitForMissKey(question))
      if (!isValidated) return forThisClient(status, undefined, reason)
      const headers = ownHeaders(c.res.headers, question.around) // which come back on every answer
      return forThisClient(status, kept.withHeaders(headers, kept.selecting, cache.now()), reason)
    }
    try {
      return await keep(question, verdict, told, isValidated ? kept : undefined)
    } catch (error) {
      if (!c.req.raw.signal.aborted) throw error
      told.broken = { error } // who went away may have stopped it: those who wait ask for themselves
      return forThisClient(500)
    }
  }

  /** What may be kept of an answer, where it is kept, and for how long. */
  async function keep(
    question: Question,
    { lifetime, reusable, privateHeaders: without }: StorageVerdict & { store: true },
    told: Told,
    validated: StoredResponse | undefined,
  ): Promise<Loaded<Kept>> {
    const response = question.c.res
    const head = headToKeep(question, without, told)
    const body = validated ?? (await readBody(response, limits))
    if (body === 'too-large') {
      told.detail = 'too-large'
      hitForMiss.add(hitForMissKey(question))
      return forThisClient(head.status)
    }
    if (reusable) hitForMiss.delete(hitForMissKey(question))
    else hitForMiss.add(hitForMissKey(question))

    const place = placeOf(question, head, lifetime.tags)
    if (place.keep.length > MAX_KEY_LENGTH) told.detail = 'key-too-long' // the engine refuses to keep it then
    const said = { ...lifetime, jitter: 0, ...place, share: reusable, ...failureOf(head.status) }

    if (body instanceof StoredResponse) {
      const stored = body.withHeaders(head.headers, head.selecting, cache.now())
      return loaded<Kept>(stored, { ...said, bytes: stored.bytes })
    }
    if ('shared' in body) {
      told.detail = 'streaming'
      const stored = createStreamedResponse(head, body.shared, cache.now())
      return loaded<Kept>(stored, { ...said, whole: storedWhenGrown(question, head, body.shared.complete) })
    }
    const stored = await createStoredResponse(head, body.bytes, cache.now())
    return loaded<Kept>(stored, { ...said, bytes: stored.bytes })
  }

  /** @param without fields that are this client's alone: they go on its answer, and in no entry. */
  function headToKeep({ c, header, around }: Question, without: readonly string[], told: Told): ResponseHead {
    const { status, headers: all } = c.res
    const headers = ownHeaders(all, around)
    if (without.length > 0)
      told.own = [...withoutInternalHeaders(headers)].filter(([name]) => without.includes(name))
    for (const name of without) headers.delete(name)
    // What selects an answer belongs to it, also where middleware around has said it, or it is named as this client's own.
    const vary = all.get('vary')
    if (vary !== null) headers.set('vary', vary)
    return { status, headers, selecting: selectingHeaders(vary, header) }
  }

  /** Under which key an answer is kept, and what else invalidates it. */
  function placeOf(
    { c, key, resource }: Question,
    { headers, selecting }: ResponseHead,
    tags: readonly string[] = [],
  ): { keep: string; tags: string[] } {
    if (selecting === undefined) {
      return { keep: key, tags: key === resource ? [...tags] : [...tags, variantsTag(resource)] }
    }
    const language = headers.get('content-language') ?? undefined
    const variant = variants.add(resource, selecting, language)
    if (variant.dropped.length > 0) waitUntil(c, cache.deleteMany(variant.dropped))
    return { keep: variant.key, tags: [...tags, variantsTag(resource)] }
  }

  /** What is kept of an answer once its body has grown up. */
  async function storedWhenGrown(
    question: Question,
    head: ResponseHead,
    body: Promise<Uint8Array<ArrayBuffer> | undefined>,
  ): Promise<{ value: Kept; bytes: number } | undefined> {
    const begun = cache.now()
    const bytes = await body
    if (bytes === undefined) {
      hitForMiss.add(hitForMissKey(question))
      return undefined
    }
    const value = await createStoredResponse(head, bytes, begun)
    return { value, bytes: value.bytes }
  }

  /** What the handler can be asked about: whether its last answer to this request still holds. */
  function validatable({ key, header }: Question): StoredResponse | undefined {
    const kept = cache.peek<Kept>(key)?.value
    const isOurs = kept instanceof StoredResponse && matchesSelecting(kept.selecting, header)
    return isOurs && kept.conditionalHeaders !== undefined ? kept : undefined
  }

  /**
   * Puts the answer in place that a 304 stands for: what was kept, with the fields that the handler sent now. False when the
   * 304 names another tag than the handler was asked about: then it cannot be trusted. What was kept answers this request, and
   * is kept no longer.
   */
  function validated({ c, around }: Question, kept: StoredResponse, told: Told): boolean {
    const says = c.res.headers.has('cache-control')
    told.status = 304
    const headers = kept.updatedHeaders(headersOf304(c.res.headers, around))
    if (headers !== undefined) {
      if (!says) removeAddedDirectives(headers, policy)
      setResponse(c, new Response(null, { status: kept.status, headers }))
    } else told.detail = 'other-tag'
    return headers !== undefined
  }

  /** Why an answer is of no use to others; `undefined` when it is. */
  function whyNot(
    question: Question,
    verdict: StorageVerdict,
    asItIs: boolean,
    read: ReadonlySet<string>,
    headers: Headers,
  ): string | undefined {
    if (!verdict.store) return verdict.reason
    if (asItIs && question.c.req.method === 'HEAD') return 'head' // it has no body to keep
    if (asItIs && FAILED_CONDITIONS.includes(question.c.res.status)) return 'status'
    const vary = headers.get('vary')
    const asked = { headersRead: read, host: question.header('host'), url: question.c.req.url }
    if (dependsOnForeignHost(asked, vary)) return 'host'
    const warning = undeclaredDependency(read, vary, verdict.handlerDirectives)
    if (warning === undefined) return undefined
    const { about } = question
    const once = `${warning} ${about.route}`
    if (!warned.has(once)) {
      warned.add(once)
      cache.warn(warning, about)
    }
    return warning
  }
}

/** What the client's own conditions or range came to: 412 and 416, and no answer for others whatever they say. */
const FAILED_CONDITIONS = [412, 416]

function forThisClient(status: number, value?: StoredResponse, reason?: string): Loaded<Kept> {
  const leave = reason === 'authorization' || reason === 'host' || ABOUT_THE_CLIENT.includes(status)
  return loaded<Kept>(value, { keep: false, share: false, leave, ...failureOf(status) })
}

/** About one client alone. They say nothing against what is kept for others, and must not end it: else anyone could. */
const ABOUT_THE_CLIENT = [401, 403, 407, 412, 416, 429]

/** What a stale answer may stand in for (RFC 5861 §4); any other 5xx has failed too, but is what there is to say. */
const REPLACEABLE = [500, 502, 503, 504]

function failureOf(status: number): { failed: boolean; final: boolean } {
  const failed = status >= 500
  return { failed, final: failed && !REPLACEABLE.includes(status) }
}

function thrown(c: Context, told: Told): Loaded<Kept> {
  const { error } = c
  const failed = c.res.status >= 500
  const isShared = error !== undefined && !bringsItsAnswer(error) && !c.req.raw.signal.aborted
  if (isShared && failed) throw error // who went away may have stopped the handler: that is no failure for those who wait
  told.detail = 'thrown' // an HTTPException, say: an answer, but no one else's
  return forThisClient(c.res.status)
}

/** An HTTPException's own, made for one request, can be read once: those who wait for the same load must not get it. */
function bringsItsAnswer(error: Error): boolean {
  return 'res' in error && error.res instanceof Response
}

/** Waits until the stale answer has left the middleware chain, then clears the context for the handler's run behind it. */
async function readyForMore(c: Context): Promise<void> {
  await whenResponseTaken(c)
  await new Promise((resolve) => setTimeout(resolve, 0)) // the answer goes out before a handler that never waits
  resetContext(c)
  c.error = undefined
  markAsBackground(c)
}
