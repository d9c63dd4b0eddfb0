/** The raw request of a Hono request, read by the cache itself. */
import type { HonoRequest } from 'hono'

/** Property of a request, its raw request and its headers: the recorder of their reads. */
export const RECORDER = Symbol('hitrate:recorder')

type RecordedRequest = HonoRequest & { [RECORDER]?: { readonly raw: Request } }

/** The raw request. This read is not recorded, because the cache makes it and not the handler. */
export function rawRequest(req: HonoRequest): Request {
  return (req as RecordedRequest)[RECORDER]?.raw ?? req.raw
}
