/** The whole service without its front: all the middleware that stands before a user is run. */
import { createDraining } from '../../src/service/serving/draining.ts'
import { listen } from './listen.ts'
import { openWithRows } from './opened.ts'

await listen(createDraining(openWithRows().app.fetch).fetch)
