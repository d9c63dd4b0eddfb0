/** The clauses of RFC 9110, 9111, 5861, 9211 and 9213, one row each, run in this process with a manual clock. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chapters } from './chapters.ts'
import { inProcess } from './in-process.ts'
import { runRow } from './run-row.ts'

for (const [chapter, rows] of Object.entries(chapters)) {
  describe(`conformance: ${chapter}`, () => {
    for (const row of rows) it(row.name, () => runRow(row, inProcess()))
  })
  describe(`conformance of cached(options, handler): ${chapter}`, () => {
    for (const row of rows) it(row.name, () => runRow(row, inProcess({ ownsHandler: true })))
  })
}

describe('conformance rows', () => {
  it('have unique names that begin with a section', () => {
    const names = Object.values(chapters).flatMap((rows) => rows.map(({ name }) => name))
    const duplicates = names.filter((name, index) => names.indexOf(name) !== index)
    assert.deepEqual(duplicates, [])
    assert.deepEqual(
      names.filter((name) => !/^(?:RFC \d{4}|WHATWG HTML) §\d+(?:\.\d+)* \S/.test(name)),
      [],
    )
  })
})
