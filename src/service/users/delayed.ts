/**
 * A slow repository that shows the effect of the cache. It resembles the simulated database of the service that this project
 * replaces.
 */
import { pause } from '../../process/pause.ts'
import { beforeOperations } from './before-operations.ts'
import type { CompleteRepository } from './repository.ts'

/**
 * Wraps `repository`. Every operation on users first waits `ms` milliseconds; `ping` and `close` do not wait.
 * @param sleep resolves after `ms` milliseconds. Default: a timer.
 * @throws {RangeError} when `ms` is negative or not finite
 */
export function delayed(
  repository: CompleteRepository,
  ms: number,
  sleep: (ms: number) => Promise<void> = pause,
): CompleteRepository {
  if (!(Number.isFinite(ms) && ms >= 0)) {
    throw new RangeError(`The delay of a repository must be 0 ms or more, got ${ms}`)
  }

  return beforeOperations(repository, () => sleep(ms))
}
