/** Runs commands, and adds up their tests. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from './commands.ts'
import { type Counts, countReport } from './junit.ts'
import { held, type Output, printed } from './output.ts'
import { root } from './test-files.ts'

/** Command line of a test runner that writes its JUnit report to a file. */
export type Runner = (report: string) => Command

export class Stages {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hitrate-tests-'))
  readonly #total: Counts = { passed: 0, failed: 0, skipped: 0 }

  /** Runs a command, which counts as one test: its exit code is the result. */
  async check(name: string, command: Command): Promise<void> {
    await this.#stage(name, printed, async () => {
      const isGreen = (await run(command)) === 0
      return { passed: isGreen ? 1 : 0, failed: isGreen ? 0 : 1, skipped: 0 }
    })
  }

  async tests(name: string, runner: Runner): Promise<void> {
    await this.#tests(name, printed, runner)
  }

  /** As `tests`, for a stage beside others: prints its lines together, when it ends. */
  async testsBeside(name: string, runner: Runner): Promise<void> {
    const output = held(join(this.#folder, `${name}.out`))
    await this.#tests(name, output, runner)
    output.releaseTo(printed)
  }

  skip(name: string, reason: string): void {
    console.log(`\n== ${name}: skipped, ${reason}`)
  }

  /** Prints the sum; returns the exit code of the whole run. */
  finish(): number {
    rmSync(this.#folder, { recursive: true })
    console.log(`\n${format(this.#total)}`)
    return this.#total.failed === 0 ? 0 : 1
  }

  async #tests(name: string, output: Output, runner: Runner): Promise<void> {
    await this.#stage(name, output, async () => {
      const report = join(this.#folder, `${name}.xml`)
      const code = await run(runner(report), output)
      const counts = countReport(report, output)
      // A crash, a file that does not load and a run without a single test are failures too.
      const isRed = counts.failed === 0 && (code !== 0 || counts.passed === 0)
      return isRed ? { ...counts, failed: 1 } : counts
    })
  }

  async #stage(name: string, output: Output, runStage: () => Promise<Counts>): Promise<void> {
    output.print(`\n== ${name}`)
    const startedAt = performance.now()
    const counts = await runStage()
    Object.assign(this.#total, add(this.#total, counts))
    output.print(`-- ${name}: ${format(counts)} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  }
}

function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

function format({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** Resolves to the exit code; 1 when the program does not start or ends by a signal. */
export function run([program = '', ...args]: Command, output = printed): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', output.stdio, output.stdio] })
    child.once('error', (error) => {
      output.print(error.message)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
