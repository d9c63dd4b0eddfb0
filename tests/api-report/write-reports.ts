/** Writes the report of each entry's public API into api/, from which tests/api-report.test.ts reads it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { apiReports } from './api-report.ts'

const folder = join(import.meta.dirname, '../../api')
rmSync(folder, { recursive: true, force: true })
for (const [entry, report] of apiReports()) {
  const file = join(folder, `${entry}.d.ts`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, report)
}
