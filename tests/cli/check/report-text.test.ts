import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CheckReport } from '../../../src/cli/check/check-report.ts'
import { coloured, plain, reportText } from '../../../src/cli/check/report-text.ts'

const report: CheckReport = {
  url: 'http://a/',
  stored: false,
  verdict: 'Not stored: no.',
  response: { status: 200, contentType: null, bytes: 1, durationMs: 2 },
  cacheStatus: ['', ''],
  findings: [
    { topic: 'variants', level: 'warning', name: 'Vary', text: 'word '.repeat(30).trim() },
    { topic: 'variants', level: 'info', name: 'x'.repeat(50), text: 'below' },
  ],
}

describe('reportText', () => {
  it('breaks long texts, and puts the text of a long name below it', () => {
    const words = (count: number) => 'word '.repeat(count).trim()
    assert.equal(
      reportText(report, plain),
      `http://a/
200, 1 byte, 2 ms

Not stored: no.

What the response depends on
  Vary  ! ${words(18)}
        ${words(12)}
  ${'x'.repeat(50)}
      below
`,
    )
  })

  it('has colours only if asked for', () => {
    const escapes = reportText(report, coloured).split('\u001b[').length - 1
    assert.ok(escapes >= 6)
    assert.ok(!reportText(report, plain).includes('\u001b'))
  })
})
