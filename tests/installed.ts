/** Tests that need a program of the machine: skipped by name where it is missing, but never in CI. */
import { spawnSync } from 'node:child_process'

/** A reason to skip, or false. With `CI=true` a missing program is no reason: the test runs, and fails. */
export function skipUnless(program: string): string | false {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' })
  if (error === undefined || process.env.CI === 'true') return false
  return `${program} is not installed`
}
