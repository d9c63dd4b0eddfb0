/** Every test there is, in stages from the quickest on; ends with one line that counts them all. */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules/.bin', name)
const node = [bin('node'), '--disable-warning=ExperimentalWarning']
const reports = mkdtempSync(join(tmpdir(), 'hitrate-tests-'))

/** They start processes, and are told once; all others run in process, on Node and on Bun. */
const withProcesses = [
  'tests/runtimes/',
  'tests/servers/',
  'tests/deploy.test.ts',
  'tests/docs.test.ts',
  'tests/package.test.ts',
  'tests/readme.test.ts',
]

/** But for these, which start threads at most. */
const inProcess: string[] = []

const files = globSync('tests/**/*.test.ts', { cwd: root }).sort()
const processes = files.filter(
  (file) => withProcesses.some((prefix) => file.startsWith(prefix)) && !inProcess.includes(file),
)
const units = files.filter((file) => !processes.includes(file))

const total: Counts = { passed: 0, failed: 0, skipped: 0 }
await stage('types', [bin('tsc'), '--noEmit'])
await stage('lint', [bin('biome'), 'check', '--error-on-warnings'])
await stage('units on Node', nodeTests(units, 'units-node.xml'), 'units-node.xml')
await stage('units on Bun', bunTests(units, 'units-bun.xml'), 'units-bun.xml')
await stage('processes', nodeTests(processes, 'processes.xml'), 'processes.xml')
rmSync(reports, { recursive: true })

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)

/** Runs a command, and adds what its report counts; without one the command itself is the test. */
async function stage(name: string, command: string[], report?: string): Promise<void> {
  console.log(`\n== ${name}`)
  const startedAt = performance.now()
  const code = await run(command)
  const counts = report === undefined ? { passed: 1, failed: 0, skipped: 0 } : counted(join(reports, report))
  // A crash, a file that does not load, no test at all: red, whatever was counted.
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1
    if (report === undefined) counts.passed = 0
  }
  if (counts.passed + counts.failed === 0) counts.failed = 1
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key]
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `-- ${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`,
  )
}

function run([program = '', ...args]: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

function nodeTests(chosen: string[], report: string): string[] {
  const reporters = ['--test-reporter=dot', '--test-reporter-destination=stdout']
  const junit = ['--test-reporter=junit', `--test-reporter-destination=${join(reports, report)}`]
  return [...node, '--test', ...reporters, ...junit, ...chosen]
}

function bunTests(chosen: string[], report: string): string[] {
  const junit = ['--reporter=junit', `--reporter-outfile=${join(reports, report)}`]
  // Its own limit, 5 s, is too short for tests of several threads on a busy machine.
  return [
    bin('bun'),
    'test',
    '--only-failures',
    '--timeout=60000',
    ...junit,
    ...chosen.map((file) => `./${file}`),
  ]
}

/** Counts a JUnit report, test case by test case. */
function counted(file: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return counts // the runner ended before it wrote one: the stage is red by its exit code
  }
  for (const [, attributes = '', body = ''] of text.matchAll(
    /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    if (/<(?:failure|error)\b/.test(body)) {
      counts.failed++
      // Of a file whose process died the reporter says no more than that it failed.
      const [died] = /exitCode: .*, signal: [^ ]*/.exec(body) ?? []
      if (died !== undefined) console.log(`failed: ${/\bname="([^"]*)"/.exec(attributes)?.[1]} (${died})`)
    } else if (/<skipped\b/.test(body)) {
      counts.skipped++
      console.log(`skipped: ${/\bname="([^"]*)"/.exec(attributes)?.[1]}${reason(body)}`)
    } else counts.passed++
  }
  return counts
}

function reason(body: string): string {
  const message = /message="([^"]+)"/.exec(body)?.[1]
  return message === undefined || message === 'true' ? '' : ` (${message})`
}
