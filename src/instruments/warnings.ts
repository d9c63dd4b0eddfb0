/** Metrics of warnings: mistakes of routes. */
import type { CacheEvent, Warning } from '../cache/events.ts'
import type { Registry } from '../metrics/index.ts'
import { cacheLabel } from './cache-label.ts'
import { perCache } from './per-cache.ts'

/** Kinds of warnings. The name of a header or variable is no label value, because clients may choose header names. */
const KINDS = ['depends-on', 'reads-variable', 'access-check-behind-cache', 'targeted-control'] as const

type Kind = (typeof KINDS)[number]

export function declareWarnings(registry: Registry) {
  const warnings = registry.counter({
    name: 'cache_warnings_total',
    help: 'Warnings about routes, each counted once per route and header or variable.',
    labels: { cache: cacheLabel, warning: KINDS },
  })
  const seriesOf = perCache((cache) => ({
    'depends-on': warnings.with({ cache, warning: 'depends-on' }),
    'reads-variable': warnings.with({ cache, warning: 'reads-variable' }),
    'access-check-behind-cache': warnings.with({ cache, warning: 'access-check-behind-cache' }),
    'targeted-control': warnings.with({ cache, warning: 'targeted-control' }),
  }))

  return {
    /** Makes the series of a cache, so that they are shown as 0. */
    show: seriesOf,
    count({ cache, warning }: CacheEvent & { type: 'warning' }): void {
      seriesOf(cache)[kindOf(warning)].inc()
    },
  }
}

function kindOf(warning: Warning): Kind {
  if (warning === 'access-check-behind-cache' || warning === 'targeted-control') return warning
  return warning.startsWith('depends-on-') ? 'depends-on' : 'reads-variable'
}
