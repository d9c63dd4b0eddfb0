/** The stored form of a handler's response: headers, body, key, tags and lifetime. */
import { MAX_KEY_LENGTH } from '../../../cache/cache.ts'
import { loadedWithReport } from '../../../cache/http-reads.ts'
import type { Loaded } from '../../../cache/lifetime.ts'
import { ownHeaders, setHeader } from '../../context/context-response.ts'
import { waitUntil } from '../../context/execution-context.ts'
import { withoutInternalHeaders } from '../../fields/internal-headers.ts'
import { selectingHeaders } from '../../fields/vary.ts'
import { hitForMissKey } from '../../policy/hit-for-miss.ts'
import type { StorableVerdict } from '../../policy/storage-policy.ts'
import { variantsTag } from '../../policy/variants.ts'
import {
  createStoredResponse,
  createStreamedResponse,
  type ResponseHead,
} from '../../stored/create-stored-response.ts'
import { readBody } from '../../stored/read-body.ts'
import type { StoredResponse } from '../../stored/stored-response.ts'
import type { CacheRequest, LoadReport, Stored } from '../cache-request.ts'
import type { Route } from '../route.ts'
import { failureOptions, loadedForClient } from './loaded-response.ts'

/** A response that the storage policy allows to be stored. */
export interface StorableResponse {
  verdict: StorableVerdict
  /** The key that the load was started for. */
  key: string
  report: LoadReport
  /** The stored response that the handler confirmed with a 304. Its body is stored again. `undefined` without a 304. */
  revalidated: StoredResponse | undefined
}

type Request = Pick<CacheRequest, 'c' | 'header' | 'resource' | 'outerHeaders'>

/** The result of a load whose response may be stored. @throws the error of reading the body. */
export async function loadedForStorage(
  route: Route,
  request: Request,
  { verdict, key, report: { status, detail }, revalidated }: StorableResponse,
): Promise<Loaded<Stored>> {
  const { cache, limits, hitForMiss } = route
  const response = request.c.res
  const { head, privateHeaders } = storableHead(request, verdict.privateHeaders)
  const report: LoadReport = { status, detail, privateHeaders }
  const body = revalidated === undefined ? await readBody(response, limits) : { revalidated }
  if (body === 'too-large') {
    hitForMiss.add(hitForMissKey(request))
    if (head.status === 200 && !head.headers.has('accept-ranges'))
      setHeader(request.c, 'accept-ranges', 'bytes')
    return loadedForClient(head.status, { ...report, detail: 'too-large' })
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
    const stored = createStreamedResponse(head, body.shared, cache.now())
    const completed = completeResponse(route, request, head, body.shared.complete)
    return loadedWithReport<Stored>(stored, { ...options, completed }, { ...report, detail: 'streaming' })
  }
  const stored =
    'revalidated' in body
      ? body.revalidated.withHeaders(head.headers, head.selecting, cache.now())
      : await createStoredResponse(head, body.bytes, cache.now())
  return loadedWithReport<Stored>(stored, { ...options, bytes: stored.bytes }, report)
}

/**
 * Separates the headers to store from those for this client only.
 * @param names names of the headers that are sent to this client, but not stored.
 */
export function storableHead({ c, header, outerHeaders }: Request, names: readonly string[]) {
  const { status, headers: all } = c.res
  const headers = ownHeaders(all, outerHeaders)
  const privateHeaders =
    names.length === 0 ? [] : [...withoutInternalHeaders(headers)].filter(([name]) => names.includes(name))
  for (const name of names) headers.delete(name)
  // `Vary` selects among stored responses, so it is always stored, even if outer middleware set it or `private="vary"` names
  // it.
  const vary = all.get('vary')
  if (vary !== null) headers.set('vary', vary)
  const head: ResponseHead = { status, headers, selecting: selectingHeaders(vary, header) }
  return { head, privateHeaders }
}

/** The key under which the response is stored, and the tags that invalidate it. */
function placeOf(
  { cache, variants }: Route,
  { c, resource }: Request,
  key: string,
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

/** The response to store once its body is complete; `undefined` if the body is too large. */
async function completeResponse(
  { cache, hitForMiss }: Route,
  request: Request,
  head: ResponseHead,
  body: Promise<Uint8Array<ArrayBuffer> | undefined>,
): Promise<{ value: Stored; bytes: number } | undefined> {
  const startedAt = cache.now()
  const bytes = await body
  if (bytes === undefined) {
    hitForMiss.add(hitForMissKey(request))
    return undefined
  }
  const value = await createStoredResponse(head, bytes, startedAt)
  return { value, bytes: value.bytes }
}
