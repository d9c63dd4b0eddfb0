/** The complaints of `readConfig` about an environment. */
import assert from 'node:assert/strict'
import { ConfigError, type ReadConfigOptions, readConfig } from '../../src/service/startup/config.ts'

/** Options of a runtime that listens on loopback. */
export const withHost = { defaultHost: '127.0.0.1', defaultSocketHits: false } satisfies ReadConfigOptions

/** Returns the lines of the error message below its first; none if the environment is valid. */
export function problems(
  environment: Record<string, string>,
  options: ReadConfigOptions = withHost,
): string[] {
  try {
    readConfig(environment, options)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}
