/** The conformance service on Workers. */
import type { ExecutionContext } from '@cloudflare/workers-types'
import { conformanceService } from './service.ts'

const fetch = conformanceService({ coalesce: false })

export default {
  fetch: (request: Request, _env: unknown, context: ExecutionContext) => fetch(request, context),
}
