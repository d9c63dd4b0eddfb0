/** The baseline. */
import { bare } from './bare-app.ts'
import { listen } from './listen.ts'

await listen(bare.fetch)
