/** The conformance service on Node, through `@hono/node-server`. */
import { serve } from '@hono/node-server'
import { conformanceService } from './service.ts'

const fetch = conformanceService()
serve({ fetch: (request) => fetch(request), hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` })),
)
