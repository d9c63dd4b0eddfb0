/** The whole service without its front: all the middleware that stands before a user is run. */
import { draining } from '../../src/service/serving/draining.ts'
import { listen } from './listen.ts'
import { openWithRows } from './opened.ts'

await listen(draining(openWithRows().app.fetch).fetch)
