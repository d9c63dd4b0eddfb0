/** Rows of the cache dashboard on the tiers and the invalidation bus. */
import { of, ofJob, quantile, rate } from './cache-queries.ts'
import { type Row, timeseries } from './panels.ts'

export function memory(): Row {
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

export function sharedTier(): Row {
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

export function coherence(): Row {
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
