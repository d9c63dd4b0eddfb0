/** The handler of the conformance rows as a service. The test sends the steps of a row to control routes. */
import type { ExecutionContext } from 'hono'
import { createOrigin, type HandlerPlan, type Origin } from '../../conformance/origin.ts'
import type { RowOptions } from '../../conformance/row.ts'

/** Path prefix of the control routes. */
export const CONTROL = '/.conformance/'

/** Control messages: the JSON body of a POST to the route of this name. */
export interface Control {
  reset: RowOptions
  prepare: { seconds: number; plan: HandlerPlan }
  handlerRequests: null
}

/** @param coalesce false on Workers, where requests cannot share promises. */
export function conformanceService({ coalesce = true } = {}) {
  let origin: Origin = createOrigin({}, { coalesce })

  async function control(name: string, request: Request): Promise<Response> {
    const message: unknown = await request.json()
    switch (name) {
      case 'reset':
        origin = createOrigin(message as Control['reset'], { coalesce }) // the test is its only client
        break
      case 'prepare': {
        const { seconds, plan } = message as Control['prepare']
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
