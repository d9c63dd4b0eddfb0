/** The whole service without its front: every middleware before a user route runs. */
import { createDraining } from '../../src/process/serving/draining.ts'
import { listen } from './listen.ts'
import { openWithRows } from './opened.ts'

await listen(createDraining(openWithRows().app.fetch).fetch)
