/** The stored form of a handler's response: headers, body, key, tags and lifetime. */
import type { Context } from 'hono'
import { MAX_KEY_LENGTH } from '../../../cache/cache.ts'
import { loadedWithReport } from '../../../cache/http-reads.ts'
import type { Loaded } from '../../../cache/lifetime.ts'
import { isInBackground } from '../../context/background-refresh.ts'
import { ownHeaders, setHeader, setResponse } from '../../context/context-response.ts'
import { waitUntil } from '../../context/execution-context.ts'
import { readVariable } from '../../context/reads/variable-reads.ts'
import { whenResponseTaken } from '../../context/response-taken.ts'
import { withoutInternalHeaders } from '../../fields/internal-headers.ts'
import {
  ACCEPT_ENCODING,
  ALL_HEADERS,
  joinVary,
  selectingHeaders,
  selectingValues,
  variantHeaders,
} from '../../fields/vary.ts'
import { hitForMissKey } from '../../policy/hit-for-miss.ts'
import type { ShareableParts, StorableVerdict } from '../../policy/storage-policy.ts'
import {
  createStoredResponse,
  createStreamedResponse,
  type ResponseHead,
} from '../../stored/create-stored-response.ts'
import { isDecoded } from '../../stored/decoded-body.ts'
import { OF_ONE_REQUEST } from '../../stored/heads/stored-headers.ts'
import { type BodyLimits, bytesOfText, type ReadBody, readBody } from '../../stored/read-body.ts'
import type { StoredResponse } from '../../stored/stored-response.ts'
import type { SharedBody } from '../../stored/streaming-body.ts'
import type { CacheRequest, LoadReport, Stored } from '../cache-request.ts'
import type { Route } from '../route.ts'
import { failureOptions, loadedForClient } from './loaded-response.ts'

/** The reason why a response is for one client: the code that makes its body has read something that nothing declares. */
type Reason = string | undefined

/**
 * Calls a function during which the body is made, and returns its result.
 *
 * @param onRead called when the code that makes the body reads something.
 */
export type WhileMade = <T>(
  call: () => Promise<T>,
  onRead?: (judged: Promise<Reason>) => void,
) => Promise<{ result: T; reason: Reason }>

/** A response that other requests may get. */
export interface ShareableResponse {
  verdict: ShareableParts
  /** The request headers that the handler read by name, in lower case. */
  headersRead: ReadonlySet<string>
  /** True if only requests with the same headers may get the response. */
  guarded: boolean
  /** The text of the body; `undefined` if the body must be read. */
  text: string | undefined
  whileMade: WhileMade
  /** The stored response that the handler confirmed with a 304. Its body is stored again. `undefined` without a 304. */
  revalidated?: StoredResponse | undefined
}

/** A response that the storage policy allows to be stored. */
export interface StorableResponse extends ShareableResponse {
  verdict: StorableVerdict
  /** The key that the load was started for. */
  key: string
  report: LoadReport
}

type Request = Pick<CacheRequest, 'c' | 'header' | 'resource' | 'outerHeaders' | 'urlTags'>

/** The result of a load whose response may be stored. @throws the error of reading the body. */
export async function loadedForStorage(
  route: Route,
  request: Request,
  storable: StorableResponse,
): Promise<Loaded<Stored>> {
  const { cache, limits, hitForMiss, heads } = route
  const {
    verdict,
    key,
    report: { status, detail },
    revalidated,
    whileMade,
  } = storable
  const response = request.c.res
  const read = revalidated === undefined ? await bodyOf(response, storable, limits) : undefined
  const body = read?.result ?? { revalidated: revalidated as StoredResponse }
  const { head, privateHeaders } = storableHead(request, storable)
  const report: LoadReport = { status, detail, privateHeaders }
  if (body === 'too-large') {
    hitForMiss.add(hitForMissKey(request))
    const { headers } = head
    // A file without Content-Length is cut by Bun, which then adds the header itself.
    const isCut = head.status === 200 && headers.has('content-length')
    if (isCut && !headers.has('accept-ranges')) setHeader(request.c, 'accept-ranges', 'bytes')
    return loadedForClient(head.status, { ...report, detail: 'too-large' })
  }
  const isEncodingWrong = 'bytes' in body && isDecoded(response.headers.get('content-encoding'), body.bytes)
  const reason = isEncodingWrong ? 'decoded-body' : read?.reason
  if (reason !== undefined && !('revalidated' in body)) {
    hitForMiss.add(hitForMissKey(request))
    setResponse(request.c, responseWith(body, response))
    return loadedForClient(head.status, { ...report, detail: reason })
  }
  if (verdict.reusable) hitForMiss.delete(hitForMissKey(request))
  else if (!verdict.shareable) hitForMiss.add(hitForMissKey(request))

  const place = placeOf(route, request, key, head, verdict.lifetime.tags)
  if (place.keep.length > MAX_KEY_LENGTH) report.detail = 'key-too-long' // the engine stores nothing under such a key
  const options = {
    ...verdict.lifetime,
    jitter: 0,
    ...place,
    share: verdict.shareable,
    ...failureOptions(head.status),
  }

  if ('shared' in body) {
    const stored = createStreamedResponse(head, body.shared, body.length, cache.now(), heads)
    const made = whenMade(request.c, body.shared, whileMade)
    const completed = completeResponse(route, request, head, body.shared.complete, made)
    return loadedWithReport<Stored>(
      stored,
      { ...options, completed },
      {
        ...report,
        detail: 'streaming',
        isFirstReader: true,
      },
    )
  }
  const stored =
    'revalidated' in body
      ? body.revalidated.withHeaders(head.headers, head.selecting, cache.now(), heads)
      : await createStoredResponse(head, body.bytes, cache.now(), heads)
  return loadedWithReport<Stored>(stored, { ...options, bytes: stored.bytes }, report)
}

/** Reads the body, unless its text is known. @throws the error of the body. */
export async function bodyOf(
  response: Response,
  { text, whileMade }: ShareableResponse,
  limits: BodyLimits,
): Promise<{ result: ReadBody; reason: Reason }> {
  const bytes = text === undefined ? undefined : bytesOfText(response, text, limits)
  return bytes === undefined
    ? await whileMade(() => readBody(response, limits))
    : { result: { bytes }, reason: undefined }
}

/** The handler's response, whose body was read. */
export function responseWith(body: Exclude<ReadBody, 'too-large'>, response: Response): Response {
  return new Response('shared' in body ? body.shared.stream() : body.bytes, response)
}

/**
 * Waits until a streaming body is complete. Earlier middleware reads the request too, on the way of the response to the client,
 * so reads count from the end of that way.
 */
async function whenMade(c: Context, shared: SharedBody, whileMade: WhileMade): Promise<Reason> {
  const ended = shared.complete.then(
    () => {},
    () => {},
  )
  if (!isInBackground(c)) await Promise.race([whenResponseTaken(c), ended])
  // The chunk that depends on the read comes later, so no other client has it yet.
  const { reason } = await whileMade(
    () => ended,
    (judged) => shared.hold(judged.then((one) => one === undefined)),
  )
  return reason
}

/** Clients choose request ids: with the id `nosniff`, the value alone would keep the header of that value from being stored. */
const ID_NAME = /id$|request|trace|correlation/

/** Separates the headers to store from those for this client only. */
export function storableHead(
  { c, header, outerHeaders }: Request,
  { verdict, headersRead, guarded, revalidated }: ShareableResponse,
) {
  const { privateHeaders: names } = verdict
  const { status, headers: all } = c.res
  const headers = ownHeaders(all, outerHeaders)
  const requestId = readVariable(c, 'requestId') // the middleware requestId may set it in a header of another name
  const privateHeaders = [...withoutInternalHeaders(headers)].filter(
    ([name, value]) =>
      names.includes(name) || OF_ONE_REQUEST.includes(name) || (value === requestId && ID_NAME.test(name)),
  )
  for (const name of [...names, ...privateHeaders.map(([name]) => name)]) headers.delete(name)
  // `Vary` selects among stored responses, so it is always stored, even if outer middleware set it or `private="vary"` names
  // it.
  const handlerVary = all.get('vary')
  // A handler that reads Accept-Encoding may choose a coding, also where its Vary does not say so: serveStatic() for example.
  const isCoded = headersRead.has(ACCEPT_ENCODING) || ACCEPT_ENCODING in (revalidated?.selecting ?? {})
  const vary = joinVary(handlerVary, isCoded ? ['Accept-Encoding'] : [])
  if (vary !== null) headers.set('vary', vary)
  const varied = selectingHeaders(vary, header, headers.get('content-encoding'))
  // A 304 confirms a body that may have been made from other headers than this response.
  const isGuarded = guarded || ALL_HEADERS in (revalidated?.selecting ?? {})
  const selecting = isGuarded ? { ...varied, ...selectingValues([ALL_HEADERS], header) } : varied
  const head: ResponseHead = { status, headers, selecting }
  return { head, privateHeaders }
}

/** The key under which the response is stored, and the tags that invalidate it. */
function placeOf(
  { reads, variants, tagOf, derivesTags }: Route,
  { c, header, resource, urlTags }: Request,
  key: string,
  { status, headers, selecting }: ResponseHead,
  ownTags: readonly string[] = [],
): { keep: string; tags: string[]; derivesTags: boolean } {
  const varied = variantHeaders(selecting)
  const tags = [...ownTags, ...urlTags]
  // Without a `keyGenerator`, the tag of all variants is that of the URL, which follows from the key.
  const variantTags = derivesTags ? tags : [...tags, tagOf(resource)]
  // A failure does not change the variants, so the responses that may stand in for it must stay selectable.
  if (varied === undefined || (status >= 500 && key !== resource)) {
    return { keep: key, tags: key === resource ? tags : variantTags, derivesTags }
  }
  const language = headers.get('content-language') ?? undefined
  const variant = variants.add(resource, varied, header, language)
  // An invalidation of the loaded key would keep this response from being stored.
  const dropped = variant.dropped.filter((one) => one !== key)
  if (dropped.length > 0) waitUntil(c, reads.deleteMany(dropped))
  return { keep: variant.key, tags: variantTags, derivesTags }
}

/**
 * The response to store once its body is complete; `undefined` if the body is too large, not in its coding, or made for one client.
 */
async function completeResponse(
  { cache, hitForMiss, heads }: Route,
  request: Request,
  head: ResponseHead,
  body: Promise<Uint8Array<ArrayBuffer> | undefined>,
  made: Promise<Reason>,
): Promise<{ value: Stored; bytes: number } | undefined> {
  const startedAt = cache.now()
  const bytes = await body
  const isWrong = bytes === undefined || isDecoded(head.headers.get('content-encoding'), bytes)
  if (isWrong || (await made) !== undefined) {
    hitForMiss.add(hitForMissKey(request))
    return undefined
  }
  const value = await createStoredResponse(head, bytes, startedAt, heads)
  return { value, bytes: value.bytes }
}
