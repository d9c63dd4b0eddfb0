/** Tests that need a program of the machine: skipped by name where it is missing, but never in CI. */
import { spawnSync } from 'node:child_process'

/** A reason to skip, or false. With `CI=true` a missing program is no reason: the test runs, and fails. */
export function skipUnless(program: string): string | false {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' })
  if (error === undefined || process.env.CI === 'true') return false
  return `${program} is not installed`
}

/** Debian's Python knows the modules that Debian's packages install; the one on the PATH may be another. */
const pythons = ['python3', '/usr/bin/python3']

/** The Python that has this module, and a reason to skip where none has: as above, none in CI. */
export function pythonWith(module: string): { python: string; skip: string | false } {
  const python = pythons.find((one) => spawnSync(one, ['-c', `import ${module}`]).status === 0)
  const found = python !== undefined || process.env.CI === 'true'
  return { python: python ?? 'python3', skip: found ? false : `no Python has ${module}` }
}
