/** The whole service; its front serves the hits. */
import { createDraining } from '../../src/process/serving/draining.ts'
import { listen } from './listen.ts'
import { openWithRows } from './opened.ts'

const { fetch, hits } = openWithRows()
await listen(createDraining(fetch).fetch, hits)
