/**
 * Results of loads whose response is a failure that is not stored, but that waiting requests share: a crowd calls a failing
 * handler once.
 */
import { loadedWithReport } from '../../../cache/http-reads.ts'
import type { Loaded } from '../../../cache/lifetime.ts'
import { setResponse } from '../../context/context-response.ts'
import { variantHeaders } from '../../fields/vary.ts'
import { hitForMissKey } from '../../policy/hit-for-miss.ts'
import { cacheTags } from '../../policy/storage-policy.ts'
import { createStoredResponse } from '../../stored/create-stored-response.ts'
import type { CacheRequest, Stored } from '../cache-request.ts'
import type { Route } from '../route.ts'
import { failureOptions, loadedForClient } from './loaded-response.ts'
import { bodyOf, responseWith, type ShareableResponse, storableHead } from './storable-response.ts'

type Request = Pick<CacheRequest, 'c' | 'header' | 'resource' | 'outerHeaders' | 'urlTags'>

/**
 * The result of a load whose failure waiting requests share. The client of this load gets the handler's own response in `c.res`.
 * A body above `bufferBytes` is not shared, because nothing would limit the memory for a body that is not stored.
 *
 * @param detail for `Cache-Status` of this client.
 * @throws the error of reading the body.
 */
export async function loadedForWaiting(
  { cache, limits, hitForMiss, variants, heads, derivesTags }: Route,
  request: Request,
  failure: ShareableResponse,
  detail: string,
): Promise<Loaded<Stored>> {
  const { c, header, resource, urlTags } = request
  const response = c.res
  const { status } = response
  const maxBytes = Math.min(limits.bufferBytes, limits.maxBodyBytes)
  const bodyLimits = { ...limits, bufferBytes: maxBytes, maxBodyBytes: maxBytes }
  const { result: body, reason } = await bodyOf(response, failure, bodyLimits)
  // Another response in the context is an answer that was set meanwhile, for example by a timeout around the cache.
  if (body !== 'too-large' && c.res === response) setResponse(c, responseWith(body, response))
  if (body === 'too-large' || 'shared' in body || reason !== undefined) {
    if (status < 500) hitForMiss.add(hitForMissKey(request))
    return loadedForClient(status, { detail: reason ?? detail })
  }
  // A 5xx does not predict whether the next response can be shared, so it does not end hit-for-miss.
  if (status < 500) hitForMiss.delete(hitForMissKey(request))
  const { head } = storableHead(request, failure)
  const { headers } = head
  const selecting = variantHeaders(head.selecting)
  // Waiting requests that select other variants then share a load for each. Known variants stay: a failure often has another
  // `Vary`.
  if (selecting !== undefined && variants.keyFor(resource, header) === resource) {
    variants.add(resource, selecting, header, headers.get('content-language') ?? undefined)
  }
  const stored = await createStoredResponse(head, body.bytes, cache.now(), heads)
  const tags = [...cacheTags(headers), ...urlTags]
  const options = { keep: false, share: true, tags, derivesTags, ...failureOptions(status) }
  return loadedWithReport<Stored>(stored, options, { detail, isOwn: true })
}
