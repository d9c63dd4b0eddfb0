/** The figures of the process and its threads. */
import type { DashboardData, ProcessFigures } from './dashboard-data.ts'
import type { SnapshotReader } from './snapshot-reader.ts'

/** Returns the figures that the registry has; `undefined` if it has none. */
export function processFigures(reader: SnapshotReader): ProcessFigures | undefined {
  const startSeconds = reader.number('process_start_time_seconds')
  const figures = {
    startedAt: startSeconds === undefined ? undefined : startSeconds * 1000,
    cpuSeconds: reader.number('process_cpu_seconds_total'),
    residentBytes: reader.number('process_resident_memory_bytes'),
    threads: reader.number('hitrate_threads'),
    threadRestarts: reader.number('hitrate_thread_restarts_total'),
    eventLoopP99Seconds: reader.number('nodejs_eventloop_lag_p99_seconds'),
  }
  const known = Object.entries(figures).filter(([, value]) => value !== undefined)
  return known.length === 0 ? undefined : Object.fromEntries(known)
}

/** Version and runtime of the service; `undefined` if the registry does not have them. */
export function buildOf(reader: SnapshotReader): DashboardData['build'] {
  const { version, runtime } = reader.info('hitrate_build_info') ?? {}
  return version === undefined || runtime === undefined ? undefined : { version, runtime }
}
