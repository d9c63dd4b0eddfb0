/** The library as a proxy: `cached()` before `hono/proxy`, hits from the front. The upstream is the variable UPSTREAM. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { createCache } from '../../src/cache/create-cache.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { frontServer } from '../../src/http/socket/front-server.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { announce } from '../hit/listen.ts'

const cache = createCache({ memory: memoryStore() })
const app = new Hono()
app.get('*', cached({ cache, front: true }), (c) => proxy(`${process.env.UPSTREAM}${c.req.path}`))

const isBun = process.versions.bun !== undefined
const server = frontServer(app.fetch, { cache, getRequestListener, serveMisses: isBun })
server.listen(0, '127.0.0.1')
await once(server, 'listening')
announce((server.address() as AddressInfo).port) // it listens on a port, not on a path
