/** The whole service; its front serves the hits. */
import { createDraining } from '../../src/service/serving/draining.ts'
import { listen } from './listen.ts'
import { openWithRows } from './opened.ts'

await listen(createDraining(openWithRows().fetch).fetch)
