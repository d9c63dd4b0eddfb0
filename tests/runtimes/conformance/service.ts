/** The handler of the conformance rows as a service: what a row's step says comes in through routes of its own. */
import type { ExecutionContext } from 'hono'
import { createOrigin, type HandlerPlan, type Origin } from '../../conformance/origin.ts'
import type { RowOptions } from '../../conformance/row.ts'

/** Where the test says what is next. */
export const CONTROL = '/.conformance/'

/** What is told to the service: one of these in JSON, by POST to its name. */
export interface Control {
  reset: RowOptions
  prepare: { seconds: number; plan: HandlerPlan }
  handlerRequests: null
}

/** @param coalesce false where no promise may be shared between requests: on Workers. */
export function conformanceService({ coalesce = true } = {}) {
  let origin: Origin = createOrigin({}, { coalesce })

  async function control(told: string, request: Request): Promise<Response> {
    const said: unknown = await request.json()
    switch (told) {
      case 'reset':
        origin = createOrigin(said as Control['reset'], { coalesce }) // the test is its only client
        break
      case 'prepare': {
        const { seconds, plan } = said as Control['prepare']
        origin.prepare(seconds, plan)
        break
      }
      case 'handlerRequests':
        return Response.json(await origin.handlerRequests())
    }
    return Response.json(null)
  }

  return async function fetch(request: Request, context?: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith(CONTROL)) return control(pathname.slice(CONTROL.length), request)
    return origin.fetch(request, context)
  }
}
