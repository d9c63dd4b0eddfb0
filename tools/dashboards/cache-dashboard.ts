/** The dashboard of the caches: reads, loads, the memory tier, the shared tier, audits. */
import { of, ofJob, outcomes, quantile, rate } from './cache-queries.ts'
import { coherence, memory, sharedTier } from './cache-tier-rows.ts'
import { dashboard } from './dashboard.ts'
import { type Row, stat, timeseries } from './panels.ts'

export function cacheDashboard() {
  return dashboard({
    uid: 'hitrate-cache',
    title: 'hitrate cache',
    description: 'Caches of hitrate: reads, loads, tiers and audits.',
    chosenBy: 'cache_reads_total',
    variables: [{ name: 'cache', label: 'Cache', metric: 'cache_reads_total' }],
    rows: [overview(), reads(), loads(), memory(), sharedTier(), coherence(), audits()],
  })
}

function overview(): Row {
  return {
    title: 'Overview',
    panels: [
      stat({
        title: 'Hit ratio',
        description:
          'Hits and stale hits of all reads but errors and bypasses, over 10 minutes, of all instances.',
        unit: 'percentunit',
        lowIsBad: true,
        thresholds: { warning: 0.8, critical: 0.5 },
        queries: [[`job_cache:cache_hits:ratio_rate10m{${ofJob}}`, '{{cache}}']],
      }),
      stat({
        title: 'Reads',
        description: 'Reads per second, bypasses included.',
        unit: 'ops',
        queries: [[rate('cache', 'cache_reads_total'), '{{cache}}']],
      }),
      stat({
        title: 'Failed loads',
        description:
          'Share of the loads of the last 5 minutes that failed, of all instances. Stale values may hide them from clients.',
        unit: 'percentunit',
        thresholds: { warning: 0.05, critical: 0.5 },
        queries: [[`job_cache:cache_load_errors:ratio_rate5m{${ofJob}}`, '{{cache}}']],
      }),
      stat({
        title: 'Entries',
        description: 'Entries in the memory tiers of all chosen instances.',
        unit: 'short',
        queries: [[`sum by (cache) (cache_entries{${of}})`, '{{cache}}']],
      }),
      stat({
        title: 'Memory used',
        description: 'Share of the room of the memory tiers that is used. A full tier is normal: it evicts.',
        unit: 'percentunit',
        queries: [
          [
            `sum by (cache) (cache_size_bytes{${of}}) / sum by (cache) (cache_max_size_bytes{${of}})`,
            '{{cache}}',
          ],
        ],
      }),
      stat({
        title: 'Tiers up',
        description: '1 while every tier answers, 0 while one does not.',
        unit: 'none',
        lowIsBad: true,
        thresholds: { critical: 1 },
        queries: [[`min by (cache) (cache_tier_up{${of}})`, '{{cache}}']],
      }),
    ],
  }
}

function reads(): Row {
  return {
    title: 'Reads',
    panels: [
      timeseries({
        title: 'Hit ratio',
        description:
          'Hits and stale hits of all reads but errors and bypasses, over 10 minutes, of all instances. HitrateHitRateLow fires below 0.5.',
        unit: 'percentunit',
        max: 1,
        queries: [[`job_cache:cache_hits:ratio_rate10m{${ofJob}}`, '{{cache}}']],
      }),
      timeseries({
        title: 'Reads by outcome',
        description: 'Reads per second by how they ended. With CACHE=off all are bypass.',
        unit: 'ops',
        stack: true,
        names: outcomes,
        queries: [[rate('outcome', 'cache_reads_total'), '{{outcome}}']],
      }),
      timeseries({
        title: 'Share of stale and coalesced reads',
        description:
          'stale: answered with an old value, during a refresh or because a load fails. coalesced: shared the load of another read.',
        unit: 'percentunit',
        max: 1,
        names: ['stale', 'coalesced'],
        queries: [
          [
            `${rate('outcome', 'cache_reads_total', ',outcome=~"stale|coalesced"')} / ignoring (outcome) group_left () sum(rate(cache_reads_total{${of}}[$__rate_interval]))`,
            '{{outcome}}',
          ],
        ],
      }),
      timeseries({
        title: 'Duration of reads by outcome, p99',
        description: 'One read in a hundred with this outcome takes longer, its load included.',
        unit: 's',
        names: outcomes,
        queries: [[quantile(0.99, 'outcome', 'cache_read_duration_seconds'), '{{outcome}}']],
      }),
      timeseries({
        title: 'Duration of reads, p50 and p99',
        description: 'Half of the reads, and all but one in a hundred, take less.',
        unit: 's',
        queries: [
          [quantile(0.5, 'cache', 'cache_read_duration_seconds'), 'p50 {{cache}}'],
          [quantile(0.99, 'cache', 'cache_read_duration_seconds'), 'p99 {{cache}}'],
        ],
      }),
      timeseries({
        title: 'Warnings',
        description:
          'Responses per second that depend on the client without declaring it, or are cached before an access check. See the log for the routes.',
        unit: 'ops',
        queries: [[rate('warning', 'cache_warnings_total'), '{{warning}}']],
      }),
    ],
  }
}

function loads(): Row {
  return {
    title: 'Loads',
    panels: [
      timeseries({
        title: 'Loads',
        description: 'Loads per second by result, background refreshes included: the load on the source.',
        unit: 'ops',
        stack: true,
        names: ['ok', 'error'],
        queries: [[rate('result', 'cache_loads_total'), '{{result}}']],
      }),
      timeseries({
        title: 'Failed loads',
        description:
          'Share of failed loads, of all instances. HitrateLoadErrorsHigh fires above 5 %, HitrateLoadsFail above 50 %.',
        unit: 'percentunit',
        max: 1,
        thresholds: { warning: 0.05, critical: 0.5 },
        queries: [[`job_cache:cache_load_errors:ratio_rate5m{${ofJob}}`, '{{cache}}']],
      }),
      timeseries({
        title: 'Duration of loads',
        description: 'Half of the loads, nine in ten, and all but one in a hundred take less.',
        unit: 's',
        queries: [
          [quantile(0.5, 'cache', 'cache_load_duration_seconds'), 'p50 {{cache}}'],
          [quantile(0.9, 'cache', 'cache_load_duration_seconds'), 'p90 {{cache}}'],
          [quantile(0.99, 'cache', 'cache_load_duration_seconds'), 'p99 {{cache}}'],
        ],
      }),
    ],
  }
}

function audits(): Row {
  return {
    title: 'Audit (empty unless audit or CACHE_AUDIT is set)',
    panels: [
      timeseries({
        title: 'Audits',
        description: 'Hits per second whose value was loaded once more and compared.',
        unit: 'ops',
        stack: true,
        names: ['same', 'different', 'failed'],
        queries: [[rate('result', 'cache_audit_total'), '{{result}}']],
      }),
      timeseries({
        title: 'Share that differs',
        description:
          'Share of the audited hits of the last hour that differ from their source, of all instances. HitrateAuditDifferences fires above 5 %.',
        unit: 'percentunit',
        max: 1,
        thresholds: { critical: 0.05 },
        queries: [[`job_cache:cache_audit_different:ratio_rate1h{${ofJob}}`, '{{cache}}']],
      }),
      timeseries({
        title: 'Age of different values',
        description: 'Half of the values that differ, and all but one in a hundred, are younger.',
        unit: 's',
        queries: [
          [quantile(0.5, 'cache', 'cache_audit_different_age_seconds'), 'p50 {{cache}}'],
          [quantile(0.99, 'cache', 'cache_audit_different_age_seconds'), 'p99 {{cache}}'],
        ],
      }),
    ],
  }
}
