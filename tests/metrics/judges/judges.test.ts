/** Parsers that share no code with ours read each of the judged snapshots, in every format. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { pythonWith, skipUnless } from '../../support/installed.ts'
import { parseOpenMetrics } from '../exposition/exposition-parser.ts'
import { parseWithPython } from '../exposition/python-parser.ts'
import { judged } from './judged-snapshots.ts'

/** What promtool says about names that are required, or are awkward on purpose. */
const accepted = [
  'cache_avg_latency_us metric names should not contain abbreviated units',
  'logins counter metrics should have "_total" suffix',
  'logins no help text',
]

describe('promtool', { skip: skipUnless('promtool') }, () => {
  for (const [name, take] of Object.entries(judged)) {
    it(`promtool accepts ${name}`, async () => {
      const input = renderText(await take())
      const { error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input,
        encoding: 'utf8',
      })
      assert.ifError(error)
      const complaints = `${stdout}${stderr}`
        .split('\n')
        .filter((line) => line !== '' && !accepted.includes(line))
      assert.deepEqual(complaints, [])
    })
  }
})

const { python, skip } = pythonWith('prometheus_client.openmetrics.parser')

describe('the strict OpenMetrics parser of Python', { skip }, () => {
  for (const [name, take] of Object.entries(judged)) {
    it(`the Python parser reads ${name}, with the values that were written`, async () => {
      const text = renderOpenMetrics(await take())
      const [parsed] = parseWithPython(python, [text])
      assert.deepEqual(
        parsed?.map(({ unit, ...family }) => (unit === '' ? family : { ...family, unit })),
        parseOpenMetrics(text),
      )
    })
  }
})
