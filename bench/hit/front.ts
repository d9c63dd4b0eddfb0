/** The whole service, whose hits are answered by the front. */
import { createDraining } from '../../src/service/serving/draining.ts'
import { listen } from './listen.ts'
import { openWithRows } from './opened.ts'

await listen(createDraining(openWithRows().fetch).fetch)
