import assert from 'node:assert/strict'
import { it } from 'node:test'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import { beyondAscii, everything } from './snapshots.ts'

it('text of a registry lists the families in declaration order', () => {
  const registry = createRegistry()
  const reads = registry.counter({
    name: 'cache_reads_total',
    help: 'Reads by how they ended.',
    labels: { outcome: ['hit', 'miss'] },
  })
  const loads = registry.histogram({
    name: 'cache_load_duration_seconds',
    help: 'How long loads took.',
    labels: { cache: { max: 4 } },
    buckets: [0.001, 0.25, 1],
  })
  const inFlight = registry.gauge({ name: 'http_requests_in_flight', help: 'Requests under way.' })
  registry.gauge({
    name: 'cache_hit_rate',
    help: 'Hits per read.',
    value: (read) => read(reads.with({ outcome: 'hit' })) / 4,
  })
  reads.with({ outcome: 'miss' }).inc()
  reads.with({ outcome: 'hit' }).inc(3)
  loads.with({ cache: 'users' }).observe(0.2)
  loads.with({ cache: 'posts' }).observe(2.5)
  loads.with({ cache: 'users' }).observe(0.0005)
  inFlight.inc()
  assert.equal(
    renderText(registry.collect()),
    `# HELP cache_reads_total Reads by how they ended.
# TYPE cache_reads_total counter
cache_reads_total{outcome="hit"} 3
cache_reads_total{outcome="miss"} 1
# HELP cache_load_duration_seconds How long loads took.
# TYPE cache_load_duration_seconds histogram
cache_load_duration_seconds_bucket{cache="users",le="0.001"} 1
cache_load_duration_seconds_bucket{cache="users",le="0.25"} 2
cache_load_duration_seconds_bucket{cache="users",le="1"} 2
cache_load_duration_seconds_bucket{cache="users",le="+Inf"} 2
cache_load_duration_seconds_sum{cache="users"} 0.2005
cache_load_duration_seconds_count{cache="users"} 2
cache_load_duration_seconds_bucket{cache="posts",le="0.001"} 0
cache_load_duration_seconds_bucket{cache="posts",le="0.25"} 0
cache_load_duration_seconds_bucket{cache="posts",le="1"} 0
cache_load_duration_seconds_bucket{cache="posts",le="+Inf"} 1
cache_load_duration_seconds_sum{cache="posts"} 2.5
cache_load_duration_seconds_count{cache="posts"} 1
# HELP http_requests_in_flight Requests under way.
# TYPE http_requests_in_flight gauge
http_requests_in_flight 1
# HELP cache_hit_rate Hits per read.
# TYPE cache_hit_rate gauge
cache_hit_rate 0.75
# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="cache_load_duration_seconds"} 0
`,
  )
})

it('renderText does not change the snapshot', () => {
  const registry = createRegistry()
  registry
    .counter({ name: 'a_total', help: 'A.', labels: { b: { max: 1 } } })
    .with({ b: 'c' })
    .inc()
  registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [1] }).observe(2)
  const snapshot = registry.collect()
  const text = renderText(snapshot)
  assert.equal(renderText(snapshot), text)
  assert.equal(renderText(registry.collect()), text)
})

it('text of an empty registry is empty', () => {
  assert.equal(renderText(createRegistry().collect()), '')
})

it('help escapes backslashes and line feeds; label values also quotes', () => {
  const registry = createRegistry()
  const help = 'back\\slash "quoted"\nline\\n'
  registry.counter({ name: 'a_total', help, labels: { b: { max: 1 } } }).with({ b: help })
  assert.match(
    renderText(registry.collect()),
    /^# HELP a_total back\\\\slash "quoted"\\nline\\\\n\n.*\na_total\{b="back\\\\slash \\"quoted\\"\\nline\\\\n"} 0\n/,
  )
})

it('text of every kind of metric', () => {
  assert.equal(
    renderText(everything),
    String.raw`# HELP cache_reads_total Reads: a "quoted" back\\slash\\n,\na|b{c="d"} # ${beyondAscii}
# TYPE cache_reads_total counter
cache_reads_total{outcome="hit",cache="users"} 1234567
cache_reads_total{outcome="miss",cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}"} 3
# HELP logins 
# TYPE logins counter
logins 9007199254740991
# HELP busy_seconds_total Busy.
# TYPE busy_seconds_total counter
busy_seconds_total 0.25
# HELP temperature_celsius How warm.
# TYPE temperature_celsius gauge
temperature_celsius{where="nowhere"} NaN
temperature_celsius{where="star"} +Inf
temperature_celsius{where="void"} -Inf
temperature_celsius{where="here"} -0.00001
# HELP unread Without series.
# TYPE unread gauge
# HELP app_build_info Build.
# TYPE app_build_info gauge
app_build_info{version="1.2.3"} 1
# HELP load_duration_seconds Loads.
# TYPE load_duration_seconds histogram
load_duration_seconds_bucket{cache="users",le="0.001"} 2
load_duration_seconds_bucket{cache="users",le="0.25"} 2
load_duration_seconds_bucket{cache="users",le="1"} 3
load_duration_seconds_bucket{cache="users",le="1000000"} 3
load_duration_seconds_bucket{cache="users",le="+Inf"} 4
load_duration_seconds_sum{cache="users"} 2000000.5
load_duration_seconds_count{cache="users"} 4
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="0.001"} 0
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="0.25"} 0
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="1"} 0
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="1000000"} 0
load_duration_seconds_bucket{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}",le="+Inf"} 0
load_duration_seconds_sum{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}"} 0
load_duration_seconds_count{cache="a \"quoted\" back\\slash\\n,\na|b{c=\"d\"} # ${beyondAscii}"} 0
# HELP wait_seconds Native only.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="+Inf"} 12
wait_seconds_sum 6.5
wait_seconds_count 12
# HELP body_bytes Both.
# TYPE body_bytes histogram
body_bytes_bucket{size="some",le="1024"} 1
body_bytes_bucket{size="some",le="+Inf"} 3
body_bytes_sum{size="some"} 7000
body_bytes_count{size="some"} 3
body_bytes_bucket{size="none",le="1024"} 0
body_bytes_bucket{size="none",le="+Inf"} 0
body_bytes_sum{size="none"} 0
body_bytes_count{size="none"} 0
`,
  )
})
