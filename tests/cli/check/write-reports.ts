/** Writes reports.txt, which check-url.test.ts compares: read the difference before you commit it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { reportsOf } from './check-origin.ts'
import { openOrigin } from './origin.ts'

const origin = await openOrigin()
writeFileSync(join(import.meta.dirname, 'reports.txt'), await reportsOf(origin))
origin.close()
process.exit()
