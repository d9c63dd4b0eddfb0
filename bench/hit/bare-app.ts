/** The least that a Hono app does to respond with a row. No cache, no metrics. */
import { Hono } from 'hono'
import { rowOf } from './rows.ts'

export const bare = new Hono()
bare.get('/api/user/:id', (c) => c.json(rowOf(c.req.param('id')) ?? null))
