/** `hono/proxy` without a cache. The upstream is the environment variable UPSTREAM. */
import process from 'node:process'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { listen } from '../hit/listen.ts'

const app = new Hono()
app.get('*', (c) => proxy(`${process.env.UPSTREAM}${c.req.path}`))

await listen(app.fetch)
