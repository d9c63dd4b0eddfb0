/** Processes of node:cluster, two of which are killed: their counts stay in what the primary shows. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { samplesOf } from '../../support/samples.ts'
import { bin } from '../running-service.ts'

const run = promisify(execFile)
const program = join(import.meta.dirname, 'cluster-counter.ts')

type Report = { text: string; native: unknown }

for (const runtime of ['node', 'bun'] as const) {
  describe(`node:cluster on ${runtime}`, () => {
    for (const serialization of ['json', 'advanced'] as const) {
      it(`shows the counts of killed processes, sent as ${serialization}`, { timeout: 60_000 }, async () => {
        const { stdout } = await run(bin(runtime), [program, serialization])
        const reports = stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Report)
        const [three, one, two] = reports.map(({ text }) => Object.fromEntries(samplesOf(text)))
        assert.deepEqual(three, {
          'jobs_total{queue="primary"}': 1,
          'jobs_total{queue="shared"}': 1110,
          'jobs_total{queue="of worker 1"}': 1,
          'jobs_total{queue="of worker 2"}': 1,
          'jobs_total{queue="of worker 3"}': 1,
          running: 6,
          'limit{kind="none"}': Number.NaN, // Number('+Inf')
          'limit{kind="unknown"}': Number.NaN,
          'durations_bucket{le="1"}': 1,
          'durations_bucket{le="+Inf"}': 3,
          durations_sum: 6,
          durations_count: 3,
          'metrics_label_overflows_total{metric="jobs_total"}': 0,
        })
        assert.match(reports[0]?.text ?? '', /^limit{kind="none"} \+Inf\nlimit{kind="unknown"} NaN$/m)
        assert.deepEqual(one, { ...three, running: 1 })
        assert.deepEqual(two, {
          ...three,
          'jobs_total{queue="shared"}': 11_110,
          'jobs_total{queue="of worker 4"}': 1,
          running: 5,
          'durations_bucket{le="+Inf"}': 4,
          durations_sum: 10,
          durations_count: 4,
        })
        assert.deepEqual(reports.at(-1)?.native, [
          [{ zeroCount: 0, indexes: [0, 8, 13, 16], counts: [1, 1, 1, 1] }],
        ])
      })
    }
  })
}
