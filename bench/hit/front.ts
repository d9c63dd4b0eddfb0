/** The whole service, whose hits are answered by the front. */
import { draining } from '../../src/service/serving/draining.ts'
import { listen } from './listen.ts'
import { openWithRows } from './opened.ts'

await listen(draining(openWithRows().fetch).fetch)
