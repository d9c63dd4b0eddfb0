/** The clauses of RFC 9110, 9111, 5861, 9211 and 9213, one row each, played in process by a clock that is a variable. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chapters } from './chapters.ts'
import { inProcess } from './in-process.ts'
import { play } from './play.ts'

for (const [chapter, rows] of Object.entries(chapters)) {
  describe(`conformance: ${chapter}`, () => {
    for (const row of rows) it(row.name, () => play(row, inProcess()))
  })
}

describe('a row', () => {
  it('has a name of its own, which begins with its section', () => {
    const names = Object.values(chapters).flatMap((rows) => rows.map(({ name }) => name))
    const twice = names.filter((name, index) => names.indexOf(name) !== index)
    assert.deepEqual(twice, [])
    assert.deepEqual(
      names.filter((name) => !/^(?:RFC \d{4}|WHATWG HTML) §\d+(?:\.\d+)* \S/.test(name)),
      [],
    )
  })
})
