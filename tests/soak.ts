/** Runs the long forms of the randomised tests, which take too long for each change. Variables of the environment win. */
import process from 'node:process'
import { bunTests, nodes, nodeTests, onAllCores } from './run/commands.ts'
import { Stages } from './run/stages.ts'
import { testFiles } from './run/test-files.ts'

process.env.HITRATE_HISTORY_MS ??= '600000'
process.env.HITRATE_LONG ??= 'run'
process.env.HITRATE_RUNS ??= '200000'
process.env.HITRATE_MEMCACHED_RUNS ??= '10000'
process.env.HITRATE_MATRIX ??= 'all'
process.env.HITRATE_CONSISTENCY_MS ??= '60000'
process.env.HITRATE_TRUTH_REQUESTS ??= '100000'
process.env.HITRATE_TRUTH_KILLS ??= '20'
process.env.HITRATE_WRITES_MS ??= '60000'
process.env.HITRATE_STOPS ??= '10'
process.env.HITRATE_STARTS ??= '30'
process.env.HITRATE_FLOODS ??= 'all'
process.env.HITRATE_LONG_ANSWERS ??= 'run'
process.env.HITRATE_GO_PARSERS ??= 'run'
process.env.HITRATE_IMAGE_INSTALL ??= 'run'

const stages = new Stages()
/** On Node. The histories and the matrices have processes on Bun too. */
const files = {
  'a long history on Redis': 'tests/consistency/chaos/redis-history.test.ts',
  'long histories on Memcached': 'tests/consistency/chaos/memcached-history.test.ts',
  'a long history on SQLite': 'tests/consistency/chaos/sqlite-history.test.ts',
  'long consistency runs of the service': 'tests/runtimes/consistency.test.ts',
  'a long truth run': 'tests/runtimes/truth.test.ts',
  'a long race of conditional writes': 'tests/runtimes/threads/conditional-writes.test.ts',
  'stops under load': 'tests/runtimes/stopping/lost-requests.test.ts',
  'signals during the start': 'tests/runtimes/stopping/signals-during-start.test.ts',
  'all floods of lists': 'tests/service/routes/lists/floods.test.ts',
  'answers after 12 seconds': 'tests/runtimes/long-answers.test.ts',
  'many interleavings': 'tests/cache/interleavings.test.ts',
  'the whole outage matrix of Redis': 'tests/consistency/outages/redis-outages.test.ts',
  'the whole outage matrix of Memcached': 'tests/consistency/outages/memcached-outages.test.ts',
  'the whole outage matrix of SQLite': 'tests/consistency/outages/sqlite-outages.test.ts',
  'all rows of the conformance over the sockets of Bun': 'tests/runtimes/conformance.test.ts',
  'long writes of several threads': 'tests/runtimes/threads/invalidation.test.ts',
  'types of the package with each way to resolve modules': 'tests/package.test.ts',
  'the parsers of Prometheus in Go': 'tests/metrics/judges/go-parsers.test.ts',
  'the image, with packages of the registry': 'tests/deploy/image.test.ts',
  'each node of a cluster': 'tests/consistency/outages/cluster-outage.test.ts',
}
for (const [name, file] of Object.entries(files)) {
  await stages.tests(name, (report) => nodeTests(nodes.pinned, [file], report))
}
const { units, processes } = testFiles([])
await stages.tests('all units on Node 26', (report) => nodeTests(nodes.newest, units, report, onAllCores))
await stages.tests('all units on Bun', (report) => bunTests(units, report))
const races = processes.filter((file) => file.startsWith('tests/consistency/races/'))
await stages.tests('races on Bun', (report) => bunTests(races, report))
process.exit(stages.finish())
