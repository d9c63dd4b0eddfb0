/** Runs commands one after the other, and adds up their tests. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from './commands.ts'
import { type Counts, countReport } from './junit.ts'
import { root } from './test-files.ts'

export class Stages {
  readonly #reports = mkdtempSync(join(tmpdir(), 'hitrate-tests-'))
  readonly #total: Counts = { passed: 0, failed: 0, skipped: 0 }

  /** Runs a command, which counts as one test: its exit code is the result. */
  async check(name: string, command: Command): Promise<void> {
    await this.#stage(name, async () => {
      const isGreen = (await run(command)) === 0
      return { passed: isGreen ? 1 : 0, failed: isGreen ? 0 : 1, skipped: 0 }
    })
  }

  /** Runs a test runner. `commandFor` gets the file to which it writes its JUnit report. */
  async tests(name: string, commandFor: (report: string) => Command): Promise<void> {
    await this.#stage(name, async () => {
      const report = join(this.#reports, `${name}.xml`)
      const code = await run(commandFor(report))
      const counts = countReport(report)
      // A crash, a file that does not load and a run without a single test are failures too.
      const isRed = counts.failed === 0 && (code !== 0 || counts.passed === 0)
      return isRed ? { ...counts, failed: 1 } : counts
    })
  }

  skip(name: string, reason: string): void {
    console.log(`\n== ${name}: skipped, ${reason}`)
  }

  /** Prints the sum; returns the exit code of the whole run. */
  finish(): number {
    rmSync(this.#reports, { recursive: true })
    console.log(`\n${format(this.#total)}`)
    return this.#total.failed === 0 ? 0 : 1
  }

  async #stage(name: string, runStage: () => Promise<Counts>): Promise<void> {
    console.log(`\n== ${name}`)
    const startedAt = performance.now()
    const counts = await runStage()
    this.#total.passed += counts.passed
    this.#total.failed += counts.failed
    this.#total.skipped += counts.skipped
    console.log(`-- ${name}: ${format(counts)} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  }
}

function format({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** Resolves to the exit code; 1 when the program does not start or ends by a signal. */
export function run([program = '', ...args]: Command): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
