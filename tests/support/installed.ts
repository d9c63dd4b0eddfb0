/** Reasons to skip tests that need an installed program. In CI such a test never is skipped, but fails. */
import { spawnSync } from 'node:child_process'

/** Returns the reason to skip, or false. With `CI=true` always false, so that the test runs and fails. */
export function skipUnless(program: string): string | false {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' })
  if (error === undefined || process.env.CI === 'true') return false
  return `${program} is not installed`
}

/** Debian's packages install modules for /usr/bin/python3, which may differ from the Python on the PATH. */
const pythons = ['python3', '/usr/bin/python3']

/** Returns a Python with this module, and the reason to skip if there is none, as in `skipUnless`. */
export function pythonWith(module: string): { python: string; skip: string | false } {
  const python = pythons.find((one) => spawnSync(one, ['-c', `import ${module}`]).status === 0)
  const found = python !== undefined || process.env.CI === 'true'
  return { python: python ?? 'python3', skip: found ? false : `no Python has ${module}` }
}
