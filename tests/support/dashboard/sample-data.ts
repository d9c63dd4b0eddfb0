/** Data of a dashboard with all parts, for tests of the page. */
import type {
  CacheFigures,
  DashboardData,
  HistorySample,
  Reads,
} from '../../../src/dashboard/data/dashboard-data.ts'

/** 2026-12-01 12:00:00 UTC. */
export const NOW = 1_796_126_400_000

export const NO_READS: Reads = { hit: 0, stale: 0, miss: 0, coalesced: 0, error: 0, bypass: 0 }

export const READS: Reads = { hit: 9000, stale: 400, miss: 500, coalesced: 100, error: 20, bypass: 3 }

/** @param hits since the start, at each sample; samples are 2 s apart, and the last one is at {@link NOW} */
export function samplesOf(name: string, hits: readonly number[]): HistorySample[] {
  return hits.map((hit, index) => ({
    at: NOW - (hits.length - 1 - index) * 2000,
    caches: { [name]: { reads: { ...NO_READS, hit }, bytes: hit * 10 } },
  }))
}

export function cacheFigures(changes: Partial<CacheFigures> = {}): CacheFigures {
  return {
    name: 'users',
    reads: READS,
    hitRate: 0.94,
    latency: {
      hit: { count: 9000, p50: 0.000012, p99: 0.00008 },
      load: { count: 500, p50: 0.0042, p99: 1.8 },
    },
    loads: { ok: 480, error: 20 },
    stored: { entries: 1234, bytes: 16_777_216, maxBytes: 67_108_864 },
    evictions: { capacity: 7, expired: 8 },
    predictedHitRatio: { '0.5x': 0.81, '1x': 0.9, '2x': 0.95, '4x': 0.96 },
    tiers: [{ tier: 'memory', isUp: true, operations: 10_000, errors: 0 }],
    invalidations: { key: 3, tags: 2, all: 1 },
    warnings: { 'depends-on': 0, 'reads-variable': 0 },
    audits: { same: 30, different: 0, failed: 0 },
    top: {
      hottest: [{ key: '/api/user/1', bytes: 500, share: 0.25, ageMs: 61_000, freshForMs: 5000 }],
      largest: [{ key: '/api/users', bytes: 65_536, ageMs: 2000, freshForMs: -1 }],
      examined: 1234,
    },
    ...changes,
  }
}

export function dashboardData(changes: Partial<DashboardData> = {}): DashboardData {
  return {
    at: NOW,
    title: 'hitrate',
    build: { version: '1.2.3', runtime: 'node 24.0.0' },
    caches: [cacheFigures()],
    routes: [
      {
        method: 'GET',
        route: '/api/user/:id',
        requests: 9000,
        errors: 20,
        latency: { count: 9000, p50: 0.0001, p99: 0.002 },
      },
    ],
    requests: { requests: 9000, errors: 20 },
    requestsInFlight: 4,
    process: {
      startedAt: NOW - 3_725_000,
      cpuSeconds: 372.5,
      residentBytes: 104_857_600,
      threads: 4,
      threadRestarts: 0,
      eventLoopP99Seconds: 0.0123,
    },
    history: { everyMs: 2000, samples: samplesOf('users', [0, 200, 600, 600]) },
    purge: { needsToken: true },
    ...changes,
  }
}
