/** CPU time, for a test that the time of a function is linear: unlike real time, it hardly grows on a busy machine. */
import process from 'node:process'

/** CPU time of this process so far, in ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
