/** The bare handler behind the server that sends hits from the socket, which knows no hit: the price of that server. */
import { createCache } from '../../src/cache/create-cache.ts'
import { FrontHits } from '../../src/http/front/front-hits.ts'
import { bare } from './bare-app.ts'
import { listenOnSocket } from './listen-on-socket.ts'

await listenOnSocket(bare.fetch, new FrontHits('bench', { cache: createCache() }))
