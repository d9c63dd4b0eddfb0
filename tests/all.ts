/**
 * Runs every test in stages, quickest first, and prints a last line with the sum of their counts.
 *
 *     npm test                                    everything
 *     npm test -- tests/http/fields/vary.test.ts  these files: units on Node and on Bun, process tests on Node
 *     npm test -- --only node [FILE...]           units on one runtime: node, node-26 or bun
 *     npm test -- --watch [FILE...]               units on Node, again after each change
 *     npm test -- --coverage [FILE...]            units on Node, then the coverage of each file of src/
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import {
  bin,
  bunTests,
  inOneProcess,
  nodeCoverage,
  nodes,
  nodeTests,
  nodeWatch,
  onAllCores,
} from './run/commands.ts'
import { type Runner, run, Stages } from './run/stages.ts'
import { byProcess, root, testFiles, unitsForBun, unitsForNewestNode } from './run/test-files.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, watch: { type: 'boolean' }, coverage: { type: 'boolean' } },
})
const { units, processes } = testFiles(positionals)
// Chosen files run whole.
const isWhole = positionals.length > 0
const onBun = isWhole ? units : unitsForBun(units)
const onNewestNode = isWhole ? units : unitsForNewestNode(units)
const stages = new Stages()

interface Stage {
  name: string
  runner: Runner
}

/** For each runtime, the stages that together run the units. */
const unitStages: Record<string, Stage[]> = {
  node: unitsOnNode('units on Node', nodes.pinned, units),
  'node-26': unitsOnNode('units on Node 26', nodes.newest, onNewestNode),
  bun: [{ name: 'units on Bun', runner: (report) => bunTests(onBun, report) }],
}

const processStage: Stage = {
  name: 'processes',
  runner: (report) => nodeTests(nodes.pinned, processes, report, onAllCores),
}

if (!existsSync(nodes.pinned)) {
  console.error('The tests need the Node of node_modules: run "npm install" with install scripts allowed')
  process.exit(1)
}
if (values.watch) process.exit(await run(nodeWatch(units)))
if (values.coverage) process.exit(await run(nodeCoverage(units)))
// The processes of the test files compile each module once. Coverage would be less precise with it.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/node')
if (values.only !== undefined) await testOn(values.only)
else if (positionals.length > 0) await testChosenFiles()
else await testEverything()
process.exit(stages.finish())

async function testOn(runtime: string): Promise<void> {
  const ofRuntime = unitStages[runtime]
  if (ofRuntime === undefined) {
    throw new TypeError(`--only must be one of ${Object.keys(unitStages).join(', ')}, got ${runtime}`)
  }
  if (ofRuntime.length === 0) throw new Error(`No unit tests for ${runtime} among ${positionals.join(', ')}`)
  const [first, ...others] = ofRuntime
  await Promise.all([
    first && stages.tests(first.name, first.runner),
    ...others.map(({ name, runner }) => stages.testsBeside(name, runner)),
  ])
}

function unitsOnNode(name: string, node: string, files: readonly string[]): Stage[] {
  return Object.entries(byProcess(files))
    .filter(([, ofGroup]) => ofGroup.length > 0)
    .map(([group, ofGroup]) => ({
      name: `${name}: ${group}`,
      runner: (report) => nodeTests(node, ofGroup, report, group === 'alone' ? onAllCores : inOneProcess),
    }))
}

async function testChosenFiles(): Promise<void> {
  if (units.length > 0) {
    await testOn('node')
    await testOn('bun')
  }
  if (processes.length > 0) await stages.tests(processStage.name, processStage.runner)
}

async function testEverything(): Promise<void> {
  await stages.check('tools', [process.execPath, 'tools/install.mjs', 'tools'])
  await stages.check('types', [bin('tsc'), '--noEmit'])
  await stages.check('types of the browser', [
    bin('tsc'),
    '--noEmit',
    '--project',
    'src/dashboard/client/browser',
  ])
  if (existsSync(join(root, 'bench/node_modules'))) {
    await stages.check('types of bench/', [bin('tsc'), '--noEmit', '--project', 'bench'])
  } else {
    stages.skip('types of bench/', 'bench/node_modules is missing: npm run bench installs it')
  }
  await stages.check('lint', [bin('biome'), 'check', '--error-on-warnings'])
  // Two lanes, for two cores: the process tests use one at first, the units the other. Then both take what is left. The long stages
  // come first, so that no lane waits long for the other.
  const { node = [], 'node-26': newestNode = [], bun = [] } = unitStages
  const waiting = [...bun, ...node, ...newestNode]
  await Promise.all([
    testWaiting(waiting, (stage) => stages.tests(stage.name, stage.runner)),
    (async () => {
      await stages.testsBeside(processStage.name, processStage.runner)
      await testWaiting(waiting, (stage) => stages.testsBeside(stage.name, stage.runner))
    })(),
  ])
}

/** Tests the stages that no other lane has taken. */
async function testWaiting(waiting: Stage[], test: (stage: Stage) => Promise<void>): Promise<void> {
  for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) await test(stage)
}
