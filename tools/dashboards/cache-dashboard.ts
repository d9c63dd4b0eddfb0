/** The dashboard of the caches: reads, loads, the memory tier, the shared tier, audits. */
import { dashboard } from './dashboard.ts'
import { type Row, stat, timeseries } from './panels.ts'

const of = 'job="$job",instance=~"$instance",cache=~"$cache"'
/** For recorded series, which have no instance. */
const ofJob = 'job="$job",cache=~"$cache"'

/** The rate of a counter, added up by labels. */
const rate = (by: string, metric: string, more = '') =>
  `sum by (${by}) (rate(${metric}{${of}${more}}[$__rate_interval]))`
const quantile = (q: number, by: string, metric: string) =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${of}}[$__rate_interval])))`

const outcomes = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass']

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
        thresholds: { warning: 1 },
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

function memory(): Row {
  return {
    title: 'Memory tier',
    panels: [
      timeseries({
        title: 'Bytes against the room',
        description: 'Estimated size of the memory tiers, and their maximum.',
        unit: 'bytes',
        queries: [
          [`sum by (cache) (cache_size_bytes{${of}})`, 'used {{cache}}'],
          [`sum by (cache) (cache_max_size_bytes{${of}})`, 'room {{cache}}'],
        ],
      }),
      timeseries({
        title: 'Entries',
        description: 'Entries in the memory tiers.',
        unit: 'short',
        queries: [[`sum by (cache, instance) (cache_entries{${of}})`, '{{cache}} {{instance}}']],
      }),
      timeseries({
        title: 'Predicted hit ratio',
        description:
          'Hit ratio that the memory tier would have with half, twice or four times its room. 1x is the counted one. Shown after 1,024 reads.',
        unit: 'percentunit',
        max: 1,
        names: ['0.5x', '1x', '2x', '4x'],
        queries: [[`avg by (size) (cache_predicted_hit_ratio{${of}})`, '{{size}}']],
      }),
      timeseries({
        title: 'Evictions by reason',
        description: 'Entries per second that left for lack of room (capacity), or because they had expired.',
        unit: 'ops',
        names: ['capacity', 'expired'],
        queries: [[rate('reason', 'cache_evictions_total'), '{{reason}}']],
      }),
      timeseries({
        title: 'Invalidations by scope',
        description:
          'Invalidations per second: of a key, of tags, or of everything. Writes and purges cause them.',
        unit: 'ops',
        names: ['key', 'tags', 'all'],
        queries: [[rate('scope', 'cache_invalidations_total'), '{{scope}}']],
      }),
      timeseries({
        title: 'Operations on memory',
        description: 'Operations per second on the memory tier, by operation and result.',
        unit: 'ops',
        queries: [
          [
            rate('operation, result', 'cache_tier_operations_total', ',tier="memory"'),
            '{{operation}} {{result}}',
          ],
        ],
      }),
    ],
  }
}

function sharedTier(): Row {
  return {
    title: 'Shared tier (empty without one)',
    panels: [
      timeseries({
        title: 'Tiers up',
        description: '1 while the tier answers, 0 while its circuit breaker is open.',
        unit: 'none',
        max: 1,
        queries: [[`cache_tier_up{${of}}`, '{{tier}} {{cache}} {{instance}}']],
      }),
      timeseries({
        title: 'Operations',
        description:
          'Operations per second on the shared tier, by operation and result. out: not asked, the breaker is open.',
        unit: 'ops',
        queries: [
          [
            rate('operation, result', 'cache_tier_operations_total', ',tier="remote"'),
            '{{operation}} {{result}}',
          ],
        ],
      }),
      timeseries({
        title: 'Duration of operations, p99',
        description:
          'One operation in a hundred takes longer. A get is given up after CACHE_REMOTE_TIMEOUT_MS.',
        unit: 's',
        queries: [[quantile(0.99, 'operation', 'cache_tier_operation_duration_seconds'), '{{operation}}']],
      }),
      timeseries({
        title: 'Failed operations',
        description:
          'Share of errors, timeouts and damaged values, of all instances. HitrateTierErrorsHigh fires above 5 %.',
        unit: 'percentunit',
        max: 1,
        thresholds: { critical: 0.05 },
        queries: [[`job_cache:cache_remote_errors:ratio_rate5m{${ofJob}}`, '{{cache}}']],
      }),
      timeseries({
        title: 'Leases',
        description: 'Leases per second that began (granted, taken-over) or ended (stored, released, lost).',
        unit: 'ops',
        queries: [[rate('result', 'cache_leases_total'), '{{result}}']],
      }),
      timeseries({
        title: 'Waits for other processes',
        description:
          'Reads per second that waited for the load of another process, by result. value: a load was saved.',
        unit: 'ops',
        queries: [[rate('result', 'cache_lease_waits_total'), '{{result}}']],
      }),
    ],
  }
}

function coherence(): Row {
  return {
    title: 'Invalidation bus (empty without a shared tier that has one)',
    panels: [
      timeseries({
        title: 'Bus up',
        description: '1 while the bus is connected. While it is not, the memory tier is not used.',
        unit: 'none',
        max: 1,
        queries: [[`cache_bus_up{${of}}`, '{{cache}} {{instance}}']],
      }),
      timeseries({
        title: 'Messages',
        description: 'Messages of the bus per second, heartbeats included.',
        unit: 'ops',
        names: ['sent', 'received'],
        queries: [[rate('direction', 'cache_bus_messages_total'), '{{direction}}']],
      }),
      timeseries({
        title: 'Gaps and errors',
        description:
          'Gaps in the messages, each of which empties the memory tier, and failed operations, within 15 minutes.',
        unit: 'none',
        queries: [
          [`sum by (reason) (increase(cache_bus_gaps_total{${of}}[15m]))`, 'gap: {{reason}}'],
          [
            `sum by (operation) (increase(cache_bus_errors_total{${of}}[15m])) or vector(0)`,
            'error: {{operation}}',
          ],
        ],
      }),
    ],
  }
}

function audits(): Row {
  return {
    title: 'Audit (empty unless the cache has the option audit)',
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
          'Share of the audited hits that differ from their source. HitrateAuditDifferences fires above 5 %.',
        unit: 'percentunit',
        max: 1,
        thresholds: { critical: 0.05 },
        queries: [
          [
            `${rate('cache', 'cache_audit_total', ',result="different"')} / ${rate('cache', 'cache_audit_total', ',result=~"same|different"')}`,
            '{{cache}}',
          ],
        ],
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
