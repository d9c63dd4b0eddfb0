/** The load of an HTTP cache: asks the handler, with validators where there are any, and says what may be kept. */
import type { Context } from 'hono'
import { type Cache, type LoadContext, MAX_KEY_LENGTH } from '../cache/cache.ts'
import { type Loaded, type LoadedOptions, loaded } from '../cache/lifetime.ts'
import { answerTaken } from './answer-taken.ts'
import { type BodyLimits, readBody } from './body.ts'
import { formatCacheControl, parseCacheControl } from './cache-control.ts'
import { judge, type PolicyOptions, type Verdict } from './cache-policy.ts'
import { clear, giveBack, replace, setField, withoutFields } from './context-response.ts'
import { dependsSilently } from './depends-silently.ts'
import { waitUntil } from './execution-context.ts'
import { askAsItIs, askPlainly } from './plain-request.ts'
import type { Kept, Question, Told } from './question.ts'
import { growingResponse, StoredResponse, storeResponse } from './stored-response.ts'
import { memoryOf, type Unshareable } from './unshareable.ts'
import { tagOfVariants, type Variants } from './variants.ts'
import { joinVary, type Selecting, selectingFields, selects } from './vary.ts'

export interface HandlerLoadOptions {
  cache: Cache
  policy: PolicyOptions
  /** Field names added to `Vary`. */
  varyBy: readonly string[]
  limits: BodyLimits
  variants: Variants
  unshareable: Unshareable
}

/** What the cache may do with the request: `bypass` leaves it to the handler alone. */
export type Asking = 'for everyone' | 'bypass'

export type HandlerLoad = (
  question: Question,
  asking: Asking,
  told: Told,
) => (context: LoadContext) => Promise<Loaded<Kept>>

/** The answer itself stays in `c.res` until it is replaced. */
export function createHandlerLoad(options: HandlerLoadOptions): HandlerLoad {
  const { cache, policy, varyBy, limits, variants, unshareable } = options
  /** Which warnings were given already. */
  const warned = new Set<string>()

  return (question, asking, told) =>
    async function load({ background }) {
      if (!background) return ask(question, asking, told)
      const { c } = question
      await readyForMore(c)
      const answer = await ask({ ...question, alone: false }, asking, told)
      if (answer.value === undefined) giveBack(c.res.body) // there is nobody to read it
      return answer
    }

  async function ask(question: Question, asking: Asking, told: Told): Promise<Loaded<Kept>> {
    const { c, next, header } = question
    told.asked = true
    const kept = asking === 'bypass' ? undefined : validatable(question)
    // The client's own conditions are the handler's business where its answer is of use to this client alone.
    const asItIs = asking === 'bypass' || (question.alone && kept === undefined)
    const read = await (asItIs ? askAsItIs(c, next) : askPlainly(c, next, kept?.validators))
    if (!c.finalized) throw new Error('cached: the handler gave no answer')
    await null // `finalized` and `res` in one breath would tell a cache within that its answer is taken
    if (c.error !== undefined) return thrown(c, told)

    const isValidated = kept !== undefined && c.res.status === 304
    if (isValidated && !validated(question, kept, told)) return forThisClient(kept.status, kept)
    setField(c, 'vary', joinVary(c.res.headers.get('vary'), varyBy))
    const { status, headers } = c.res
    const verdict = judge(header('authorization') !== undefined, status, headers, policy, cache.now())
    setField(c, 'cache-control', withMissing(c.res)) // for others: it must not be taken for the handler's own
    if (asking === 'bypass') return forThisClient(status)

    const reason = whyNot(question, verdict, asItIs, read.names, headers)
    if (!verdict.store || reason !== undefined) {
      told.detail = reason ?? 'no-store'
      if (status < 500) unshareable.add(memoryOf(question))
      if (!isValidated) return forThisClient(status, undefined, reason)
      const headers = withoutFields(c.res.headers, question.around) // which come back on every answer
      return forThisClient(status, kept.withFields(headers, kept.selecting, cache.now()), reason)
    }
    return keep(question, verdict, told, isValidated ? kept : undefined)
  }

  async function keep(
    question: Question,
    { lifetime, reusable, without }: Verdict & { store: true },
    told: Told,
    validated: StoredResponse | undefined,
  ): Promise<Loaded<Kept>> {
    const { c, key, resource, header, around } = question
    const response = c.res
    const { status } = response
    const headers = withoutFields(response.headers, around)
    if (without.length > 0) told.own = [...headers].filter(([name]) => without.includes(name))
    for (const name of without) headers.delete(name)
    // What selects an answer belongs to it, also where middleware around has said it, or it is named as this client's own.
    const vary = response.headers.get('vary')
    if (vary !== null) headers.set('vary', vary)
    const selecting = selectingFields(vary, header)

    const body = validated === undefined ? await readBody(response, limits) : 'kept'
    if (body === 'too-large') {
      told.detail = 'too-large'
      unshareable.add(memoryOf(question))
      return forThisClient(status)
    }
    if (reusable) unshareable.delete(memoryOf(question))
    else unshareable.add(memoryOf(question))

    const tags = [...(lifetime.tags ?? [])]
    if (selecting !== undefined || key !== resource) tags.push(tagOfVariants(resource))
    const target = selecting === undefined ? key : learn(question, selecting, headers)
    if (target.length > MAX_KEY_LENGTH) told.detail = 'key-too-long' // the engine refuses to keep it then
    const said: LoadedOptions = {
      ...lifetime,
      jitter: 0,
      tags,
      keep: target,
      share: reusable,
      ...failureOf(status),
    }

    if (body === 'kept' && validated !== undefined) {
      const stored = validated.withFields(headers, selecting, cache.now())
      return loaded<Kept>(stored, { ...said, bytes: stored.bytes })
    }
    if (typeof body === 'object' && 'growing' in body) {
      told.detail = 'streaming'
      const stored = growingResponse(status, headers, body.growing, selecting, cache.now())
      return loaded<Kept>(stored, {
        ...said,
        whole: whole(question, headers, status, selecting, body.growing.whole),
      })
    }
    const bytes = typeof body === 'object' ? body.whole : null
    const stored = await storeResponse(status, headers, bytes, selecting, cache.now())
    return loaded<Kept>(stored, { ...said, bytes: stored.bytes })
  }

  /** What is kept of an answer once its body has grown up. */
  async function whole(
    question: Question,
    headers: Headers,
    status: number,
    selecting: Selecting | undefined,
    body: Promise<Uint8Array<ArrayBuffer> | undefined>,
  ): Promise<{ value: Kept; bytes: number } | undefined> {
    const begun = cache.now()
    const bytes = await body
    if (bytes === undefined) {
      unshareable.add(memoryOf(question))
      return undefined
    }
    const value = await storeResponse(status, headers, bytes, selecting, begun)
    return { value, bytes: value.bytes }
  }

  /** What the handler can be asked about: whether its last answer to this request still holds. */
  function validatable({ key, header }: Question): StoredResponse | undefined {
    const kept = cache.peek<Kept>(key)?.value
    const isOurs = kept instanceof StoredResponse && selects(kept.selecting, header)
    return isOurs && kept.validators !== undefined ? kept : undefined
  }

  /**
   * Puts the answer in place that a 304 stands for: what was kept, with the fields that the handler sent now. False when the
   * 304 is about another tag than the handler was asked for: it contradicts itself, so what was kept answers once more, and
   * is over.
   */
  function validated({ c }: Question, kept: StoredResponse, told: Told): boolean {
    const says = c.res.headers.has('cache-control')
    told.status = 304
    const headers = kept.updatedBy(c.res.headers)
    if (headers !== undefined) {
      if (!says) withoutOption(headers)
      replace(c, new Response(null, { status: kept.status, headers }))
    } else told.detail = 'other-tag'
    return headers !== undefined
  }

  /** Why an answer is of no use to others; `undefined` when it is. */
  function whyNot(
    question: Question,
    verdict: Verdict,
    asItIs: boolean,
    read: ReadonlySet<string>,
    headers: Headers,
  ): string | undefined {
    if (!verdict.store) return verdict.reason
    if (asItIs && question.c.req.method === 'HEAD') return 'head' // it has no body to keep
    if (asItIs && FAILED_CONDITIONS.includes(question.c.res.status)) return 'status'
    if (question.header('upgrade')?.toLowerCase() === 'websocket') return 'upgrade' // some servers make a 200 of it
    const warning = dependsSilently(read, headers.get('vary'), verdict.said)
    if (warning === undefined) return undefined
    const { about } = question
    const once = `${warning} ${about.route}`
    if (!warned.has(once)) {
      warned.add(once)
      cache.warn(warning, about)
    }
    return warning
  }

  function learn({ c, resource }: Question, selecting: Selecting, headers: Headers): string {
    const language = headers.get('content-language') ?? undefined
    const { key, dropped } = variants.learn(resource, selecting, language)
    if (dropped.length > 0) waitUntil(c, cache.deleteMany(dropped))
    return key
  }

  /** The handler's `Cache-Control` and those of the option's directives that it does not give. */
  function withMissing({ status, headers }: Response): string | null {
    const own = headers.get('cache-control')
    if (policy.cacheControl.size === 0 || !policy.cacheableStatusCodes.includes(status)) return own
    const has = parseCacheControl(own)
    const missing = [...policy.cacheControl].filter(([name]) => !has.has(name))
    return [own, formatCacheControl(missing)].filter(Boolean).join(', ')
  }

  /** Takes back what {@link withMissing} has added: of what is kept it would seem to be the handler's own. */
  function withoutOption(headers: Headers): void {
    if (policy.cacheControl.size === 0) return
    const own = [...parseCacheControl(headers.get('cache-control'))].filter(
      ([name, value]) => policy.cacheControl.get(name) !== value,
    )
    if (own.length === 0) headers.delete('cache-control')
    else headers.set('cache-control', formatCacheControl(own))
  }
}

/** What the client's own conditions or range came to: 412 and 416, and no answer for others whatever they say. */
const FAILED_CONDITIONS = [412, 416]

function forThisClient(status: number, value?: StoredResponse, reason?: string): Loaded<Kept> {
  const leave = reason === 'authorization' || ABOUT_THE_CLIENT.includes(status)
  return loaded<Kept>(value, { keep: false, share: false, leave, ...failureOf(status) })
}

/** Who is refused says nothing about what is kept for others, and must not be able to end it. */
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
  await answerTaken(c)
  await new Promise((resolve) => setTimeout(resolve, 0)) // the answer goes out before a handler that never waits
  clear(c)
  c.error = undefined
}
