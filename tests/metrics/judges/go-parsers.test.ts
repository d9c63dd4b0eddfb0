/**
 * Prometheus' own parser (model/textparse) reads each of the judged snapshots in every format, and that of its Go clients
 * (common/expfmt) reads text and protobuf. Go fetches and compiles them, which takes minutes, so this runs only in `npm run soak`.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { expose } from '../../../src/metrics/index.ts'
import { judged } from './judged-snapshots.ts'

const run = promisify(execFile)

type Verdict = {
  errors: string[]
  /** Values as text, by series. */
  series: Record<string, string>
  families: number
  exemplars: number
}

const formats = {
  text: 'text/plain;version=0.0.4',
  'text 1.0.0': 'text/plain;version=1.0.0',
  openmetrics: 'application/openmetrics-text;version=1.0.0',
  protobuf: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
}
type Format = keyof typeof formats

async function reasonToSkip(): Promise<string | false> {
  if (process.env.HITRATE_GO_PARSERS !== 'run') return 'compiles for minutes: runs in npm run soak'
  const isThere = await run('go', ['version']).then(
    () => true,
    () => false,
  )
  return isThere ? false : 'Go is not installed'
}

const skip = await reasonToSkip()

describe('the parsers of Prometheus in Go', { skip }, () => {
  let folder: string
  let verdicts: Record<string, Record<Format, Verdict>>

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-go-'))
    const program = join(folder, 'parsers')
    await run('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'go') })
    verdicts = await judge(program)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const name of Object.keys(judged)) {
    for (const format of Object.keys(formats) as Format[]) {
      it(`they read ${name} as ${format}`, () => {
        const verdict = verdicts[name]?.[format]
        assert.deepEqual(verdict?.errors, [])
        assert.ok(Object.keys(verdict.series).length > 0)
      })
    }

    it(`they read the same numbers from each format of ${name}`, () => {
      const { text, openmetrics, protobuf } = verdicts[name] as Record<Format, Verdict>
      assert.deepEqual(verdicts[name]?.['text 1.0.0'], text)
      assert.ok(text.families > 0)
      assert.ok(text.families <= protobuf.families) // in text, expfmt omits families without samples
      const numbers = new Map(Object.entries(text.series))
      for (const [series, value] of Object.entries({ ...openmetrics.series, ...protobuf.series })) {
        if (/_created["{]|^native/.test(series)) continue
        // The name of a counter without `_total` gets it in OpenMetrics.
        assert.equal(numbers.get(series) ?? numbers.get(series.replace('_total', '')), value, series)
      }
    })
  }

  it('they read native histograms and exemplars', () => {
    const { openmetrics, protobuf } = verdicts['merged processes'] as Record<Format, Verdict>
    assert.equal(Object.keys(protobuf.series).filter((series) => series.startsWith('native')).length, 4)
    assert.ok(openmetrics.exemplars > 0)
    assert.ok(protobuf.exemplars > 0)
  })
})

async function judge(program: string): Promise<Record<string, Record<Format, Verdict>>> {
  const names: (readonly [name: string, format: Format])[] = []
  const expositions: object[] = []
  for (const [name, take] of Object.entries(judged)) {
    const snapshot = await take()
    for (const [format, accept] of Object.entries(formats)) {
      const { headers, body } = await expose({ collect: () => snapshot }, { accept })
      names.push([name, format as Format])
      expositions.push({
        contentType: headers['Content-Type'],
        body: Buffer.from(body as string).toString('base64'),
      })
    }
  }
  const child = run(program, { maxBuffer: 2 ** 26 })
  child.child.stdin?.end(JSON.stringify(expositions))
  const results = JSON.parse((await child).stdout) as Verdict[]
  const verdicts: Record<string, Record<Format, Verdict>> = {}
  for (const [i, [name, format]] of names.entries()) {
    verdicts[name] = { ...verdicts[name], [format]: results[i] } as Record<Format, Verdict>
  }
  return verdicts
}
