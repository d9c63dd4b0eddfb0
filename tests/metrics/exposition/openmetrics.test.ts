import assert from 'node:assert/strict'
import { it } from 'node:test'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import { pythonWith } from '../../support/installed.ts'
import { parseWithPython } from './python-parser.ts'
import { beyondAscii, everything, histogram, scalar, snapshotOf } from './snapshots.ts'

it('OpenMetrics text of every kind of metric', () => {
  assert.equal(
    renderOpenMetrics(everything),
    String.raw`# HELP cache_reads Reads: a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}
# TYPE cache_reads counter
cache_reads_total{outcome="hit",cache="users"} 1.234567e+06 # {trace_id="4bf92f35",note="a \"b\"\\c\n|d"} 1.0 1767225700.5
cache_reads_created{outcome="hit",cache="users"} 1767225600.125
cache_reads_total{outcome="miss",cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}"} 3.0
cache_reads_created{outcome="miss",cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}"} 1767225601
# HELP logins 
# TYPE logins counter
logins_total 9.007199254740991e+15
# HELP busy_seconds Busy.
# TYPE busy_seconds counter
# UNIT busy_seconds seconds
busy_seconds_total 0.25
busy_seconds_created 1
# HELP temperature_celsius How warm.
# TYPE temperature_celsius gauge
# UNIT temperature_celsius celsius
temperature_celsius{where="nowhere"} NaN
temperature_celsius{where="star"} +Inf
temperature_celsius{where="void"} -Inf
temperature_celsius{where="here"} -1e-05
# HELP unread Without series.
# TYPE unread gauge
# HELP app_build Build.
# TYPE app_build info
app_build_info{version="1.2.3"} 1.0
# HELP load_duration_seconds Loads.
# TYPE load_duration_seconds histogram
# UNIT load_duration_seconds seconds
load_duration_seconds_bucket{cache="users",le="0.001"} 2 # {trace_id="first"} 0.0005 1767225703.25
load_duration_seconds_bucket{cache="users",le="0.25"} 2
load_duration_seconds_bucket{cache="users",le="1.0"} 3 # {} 1.0 1767225704
load_duration_seconds_bucket{cache="users",le="1e+06"} 3
load_duration_seconds_bucket{cache="users",le="+Inf"} 4 # {trace_id="last"} 2e+06 1767225705
load_duration_seconds_sum{cache="users"} 2.0000005e+06
load_duration_seconds_count{cache="users"} 4
load_duration_seconds_created{cache="users"} 1767225602
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="0.001"} 0
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="0.25"} 0
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="1.0"} 0
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="1e+06"} 0
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="+Inf"} 0
load_duration_seconds_sum{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}"} 0.0
load_duration_seconds_count{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}"} 0
load_duration_seconds_created{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}"} 1767225603.5
# HELP wait_seconds Native only.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="+Inf"} 12 # {trace_id="native"} 0.5 1767225706
wait_seconds_sum 6.5
wait_seconds_count 12
wait_seconds_created 1767225604
# HELP body_bytes Both.
# TYPE body_bytes histogram
body_bytes_bucket{size="some",le="1024.0"} 1
body_bytes_bucket{size="some",le="+Inf"} 3
body_bytes_sum{size="some"} 7000.0
body_bytes_count{size="some"} 3
body_bytes_created{size="some"} 1767225605
body_bytes_bucket{size="none",le="1024.0"} 0
body_bytes_bucket{size="none",le="+Inf"} 0
body_bytes_sum{size="none"} 0.0
body_bytes_count{size="none"} 0
body_bytes_created{size="none"} 1767225606
# EOF
`,
  )
})

it('OpenMetrics text of an empty snapshot is only the end', () => {
  assert.equal(renderOpenMetrics(snapshotOf()), '# EOF\n')
})

it('renderOpenMetrics does not change the snapshot', () => {
  const before = structuredClone(everything)
  assert.equal(renderOpenMetrics(everything), renderOpenMetrics(everything))
  assert.deepEqual(everything, before)
})

it('OpenMetrics text of a registry has units, creation times and exemplars', () => {
  const registry = createRegistry({ now: () => 1767225600_500 })
  registry
    .counter({ name: 'waited_seconds_total', help: 'Waited.', unit: 'seconds' })
    .inc(2, { trace_id: 'a' })
  registry.histogram({ name: 'wait_seconds', help: 'Waits.', buckets: [1] }).observe(2, { trace_id: '"b"' })
  registry.info({ name: 'app_info', help: 'App.', labels: { version: '1' } })
  assert.equal(
    renderOpenMetrics(registry.collect()),
    String.raw`# HELP waited_seconds Waited.
# TYPE waited_seconds counter
# UNIT waited_seconds seconds
waited_seconds_total 2.0 # {trace_id="a"} 2.0 1767225600.5
waited_seconds_created 1767225600.5
# HELP wait_seconds Waits.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1.0"} 0
wait_seconds_bucket{le="+Inf"} 1 # {trace_id="\"b\""} 2.0 1767225600.5
wait_seconds_sum 2.0
wait_seconds_count 1
wait_seconds_created 1767225600.5
# HELP app App.
# TYPE app info
app_info{version="1"} 1.0
# EOF
`,
  )
})

it('_created is omitted without a clock, as in a Worker before its first request', () => {
  let now = 0
  const registry = createRegistry({ now: () => now })
  const jobs = registry.counter({ name: 'jobs_total', help: 'J.', labels: { queue: { max: 2 } } })
  registry.counter({ name: 'starts_total', help: 'S.' }).inc()
  registry.histogram({ name: 'wait_seconds', help: 'W.', buckets: [1] })
  now = 1767225600_000
  jobs.with({ queue: 'mail' }).inc()
  assert.deepEqual(renderOpenMetrics(registry.collect()).match(/^.*_created.*$/gm), [
    'jobs_created{queue="mail"} 1767225600',
  ])
})

it('an info has no unit in OpenMetrics', () => {
  const info = scalar('info', { name: 'app_info', unit: 'app' }, { labels: { version: '1' }, value: 1 })
  assert.equal(
    renderOpenMetrics(snapshotOf(info)),
    '# HELP app \n# TYPE app info\napp_info{version="1"} 1.0\n# EOF\n',
  )
})

it('buckets below zero are omitted, because OpenMetrics forbids a sum with them', () => {
  const below = histogram(
    { name: 'h', bounds: [-2, -0.5, 0, 1] },
    { counts: [1, 2, 3, 4, 5], sum: 9, created: 7 },
  )
  assert.equal(
    renderOpenMetrics(snapshotOf(below)),
    `# HELP h \n# TYPE h histogram
h_bucket{le="0.0"} 6
h_bucket{le="1.0"} 10
h_bucket{le="+Inf"} 15
h_sum 9.0
h_count 15
h_created 7
# EOF
`,
  )
})

const { python, skip } = pythonWith('prometheus_client.openmetrics.parser')

it("Prometheus' strict Python parser accepts every kind of metric", { skip }, () => {
  const [families] = parseWithPython(python, [renderOpenMetrics(everything)])
  assert.deepEqual(
    families?.map(({ name, type, unit, samples }) => [name, type, unit, samples.length]),
    [
      ['cache_reads', 'counter', '', 4],
      ['logins', 'counter', '', 1],
      ['busy_seconds', 'counter', 'seconds', 2],
      ['temperature_celsius', 'gauge', 'celsius', 4],
      ['unread', 'gauge', '', 0],
      ['app_build', 'info', '', 1],
      ['load_duration_seconds', 'histogram', 'seconds', 16],
      ['wait_seconds', 'histogram', '', 4],
      ['body_bytes', 'histogram', '', 10],
    ],
  )
})
