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
import { bySharing, root, testFiles, withoutLongUnits } from './run/test-files.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, watch: { type: 'boolean' }, coverage: { type: 'boolean' } },
})
const { units, processes } = testFiles(positionals)
const stages = new Stages()

interface UnitStage {
  name: string
  runners: Runner[]
}

const bun: UnitStage = { name: 'units on Bun', runners: [(report) => bunTests(units, report)] }
const unitStages: Record<string, UnitStage> = {
  node: { name: 'units on Node', runners: unitsOnNode(nodes.pinned, units) },
  'node-26': { name: 'units on Node 26', runners: unitsOnNode(nodes.newest, withoutLongUnits(units)) },
  bun,
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
  const stage = unitStages[runtime]
  if (stage === undefined) {
    throw new TypeError(`--only must be one of ${Object.keys(unitStages).join(', ')}, got ${runtime}`)
  }
  if (units.length === 0) throw new Error(`No unit tests among ${positionals.join(', ')}`)
  await stages.tests(stage.name, ...stage.runners)
}

function unitsOnNode(node: string, files: readonly string[]): Runner[] {
  const { sharing, alone } = bySharing(files)
  const runners: Runner[] = []
  if (alone.length > 0) runners.push((report) => nodeTests(node, alone, report, onAllCores))
  if (sharing.length > 0) runners.push((report) => nodeTests(node, sharing, report, inOneProcess))
  return runners
}

async function testChosenFiles(): Promise<void> {
  if (units.length > 0) {
    await testOn('node')
    await testOn('bun')
  }
  if (processes.length > 0) await testProcesses()
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
  await testOn('node')
  await testOn('node-26')
  // Bun uses one core, and the process tests wait for most of their time.
  await Promise.all([testProcesses(), stages.testsBeside(bun.name, ...bun.runners)])
}

async function testProcesses(): Promise<void> {
  await stages.tests('processes', (report) => nodeTests(nodes.pinned, processes, report, onAllCores))
}
