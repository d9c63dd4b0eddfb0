/** The conformance service on Bun. */
import { conformanceService } from './service.ts'

const fetch = conformanceService()
const server = Bun.serve({ fetch: (request) => fetch(request), hostname: '127.0.0.1', port: 0 })
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.port}` }))
