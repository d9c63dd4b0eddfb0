import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declareBus } from '../../src/instruments/bus.ts'
import { WatchedCaches } from '../../src/instruments/watched-caches.ts'
import { renderText } from '../../src/metrics/exposition/text.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { scraped } from '../support/samples.ts'
import { watchedCache } from '../support/watched-cache.ts'

function declared() {
  const registry = createRegistry()
  const watched = new WatchedCaches()
  return { registry, watched, bus: declareBus(registry, watched) }
}

describe('declareBus', () => {
  it('a cache without a bus has no samples', () => {
    const { registry, watched } = declared()
    watched.add(watchedCache('hitrate', { remoteUp: true }))
    assert.deepEqual(
      [...scraped(registry).keys()].filter((name) => !name.startsWith('metrics_label_overflows')),
      [],
    )
  })

  it('messages, gaps and the state of the bus are shown by cache', () => {
    const { registry, watched, bus } = declared()
    watched.add(watchedCache('users', { busUp: true }))
    watched.add(watchedCache('pages', { busUp: false }))
    watched.add(watchedCache('local'))
    for (const direction of ['sent', 'received', 'received'] as const) {
      bus.countMessage({ type: 'bus-message', cache: 'users', direction })
    }
    bus.countGap({ type: 'bus-gap', cache: 'users', reason: 'missing' })
    bus.countGap({ type: 'bus-gap', cache: 'users', reason: 'missing' })
    bus.countGap({ type: 'bus-gap', cache: 'users', reason: 'publisher-lost' })
    bus.countMessage({ type: 'bus-message', cache: 'pages', direction: 'sent' })
    bus.countError({ type: 'bus', cache: 'local', operation: 'publish', error: new Error('full') })
    assert.equal(
      renderText(registry.collect()),
      `# HELP cache_bus_messages_total Messages of the shared tier's invalidation bus, heartbeats included.
# TYPE cache_bus_messages_total counter
cache_bus_messages_total{cache="users",direction="sent"} 1
cache_bus_messages_total{cache="users",direction="received"} 2
cache_bus_messages_total{cache="pages",direction="sent"} 1
cache_bus_messages_total{cache="pages",direction="received"} 0
# HELP cache_bus_gaps_total Gaps in the messages of the invalidation bus. Each of them emptied the memory tier.
# TYPE cache_bus_gaps_total counter
cache_bus_gaps_total{cache="users",reason="missing"} 2
cache_bus_gaps_total{cache="users",reason="publisher-lost"} 1
cache_bus_gaps_total{cache="pages",reason="missing"} 0
cache_bus_gaps_total{cache="pages",reason="publisher-lost"} 0
# HELP cache_bus_errors_total Failed operations of an invalidation bus. Other instances may have missed an invalidation.
# TYPE cache_bus_errors_total counter
cache_bus_errors_total{cache="local",operation="publish"} 1
cache_bus_errors_total{cache="local",operation="renew"} 0
# HELP cache_bus_up 1 while the shared tier's invalidation bus is connected, 0 while it is not.
# TYPE cache_bus_up gauge
cache_bus_up{cache="users"} 1
cache_bus_up{cache="pages"} 0
# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="cache_bus_messages_total"} 0
metrics_label_overflows_total{metric="cache_bus_gaps_total"} 0
metrics_label_overflows_total{metric="cache_bus_errors_total"} 0
metrics_label_overflows_total{metric="cache_bus_up"} 0
`,
    )
  })
})
