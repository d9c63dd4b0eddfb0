/** The public API of each entry is that of the committed report in api/, so that a review sees every change of it. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { apiReports } from './api-report/api-report.ts'

const folder = join(import.meta.dirname, '../api')

describe('the public API', () => {
  const reports = apiReports()

  for (const [entry, report] of reports) {
    it(`of src/exports/${entry}.ts is that of api/${entry}.d.ts`, () => {
      const committed = readReport(entry)
      if (report !== committed) assert.fail(complaint(entry, committed, report))
    })
  }

  it('has no report of an entry that does not exist', () => {
    const files = globSync('**/*.d.ts', { cwd: folder }).map((file) => file.replaceAll('\\', '/'))
    assert.deepEqual(files.sort(), [...reports.keys()].map((entry) => `${entry}.d.ts`).sort())
  })
})

function readReport(entry: string): string {
  try {
    return readFileSync(join(folder, `${entry}.d.ts`), 'utf8')
  } catch {
    return ''
  }
}

function complaint(entry: string, committed: string, report: string): string {
  const [before, after] = [committed.split('\n'), report.split('\n')]
  const removed = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`)
  const added = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`)
  const hint = 'If the change is intended, run "npm run api" and commit api/ with it.'
  return [`The public API differs from api/${entry}.d.ts. ${hint}`, ...removed, ...added].join('\n')
}
