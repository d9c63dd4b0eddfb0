/** Every source file has a test file of the same name at the mirrored path, or a reason not to. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const root = join(import.meta.dirname, '..')

/** Source files without a test of their own, and the reason. A test that is named here must exist. */
const WITHOUT_TEST: Readonly<Record<string, string>> = {
  // cache/
  'cache/core.ts': 'types only',
  'cache/create-cache.ts': 'covered by tests/cache/cache.test.ts and tests/cache/cache-options.test.ts',
  'cache/entity/standard-schema.ts': 'types only',
  'cache/events.ts': 'types, and the list of outcomes',
  'cache/http-reads.ts': 'covered by tests/cache/about.test.ts and tests/http/cached/cached-lookups.test.ts',
  'cache/invalidation/invalidation-sync.ts': 'covered by tests/cache/invalidation/invalidation-bus.test.ts',
  'cache/loading/call-loader.ts':
    'covered by tests/cache/cache.test.ts and tests/cache/loading/retry.test.ts',
  'cache/invalidation/memory-sync.ts': 'types only',
  'cache/loading/deadline-error.ts': 'covered by tests/cache/reading/deadlines.test.ts',
  'cache/loading/deadline-signal.ts': 'covered by tests/cache/reading/deadlines.test.ts',
  'cache/loading/lost-after.ts':
    'covered by tests/cache/loading/failure-pauses.test.ts and tests/http/cached/cached-timeouts.test.ts',
  'cache/read.ts': 'covered by tests/cache/cache-options.test.ts: types, and the rules of the options',
  'cache/timing/on-abort.ts': 'covered by tests/cache/loading/single-flight.test.ts',
  'cache/loading/stale-replacement.ts':
    'covered by tests/cache/reading/stored-stale.test.ts and tests/cache/reading/paused-reads.test.ts',
  'cache/reading/lookups.ts': 'covered by tests/cache/cache.test.ts and tests/cache/reading/keys.test.ts',
  'cache/reading/plain-reads.ts':
    'covered by tests/cache/reading/plain-read.test.ts and tests/cache/reading/deadlines.test.ts',
  'cache/reading/read-result.ts': 'covered by tests/cache/cache.test.ts',
  'cache/reading/resolve-miss.ts':
    'covered by tests/cache/reading/stored-stale.test.ts and tests/cache/cache.test.ts',
  'cache/results.ts': 'types only',
  'cache/shared-tier-options.ts': 'types only',
  'cache/shared-tier.ts': 'types, and one symbol',
  'cache/tiers/acquired.ts': 'types, and one constant',
  'cache/tiers/store-request.ts': 'types only',
  'cache/values/heap-walk.ts': 'covered by tests/cache/values/size-of.test.ts',
  'cache/values/unknown-size.ts': 'covered by tests/cache/values/size-of.test.ts',
  'cache/wrap/wrapped.ts': 'types only',
  'cache/write-options.ts': 'covered by tests/cache/cache-options.test.ts',

  // dashboard/
  'dashboard/files/dashboard-css.ts': 'covered by tests/tools/dashboard/dashboard-files.test.ts',
  'dashboard/files/dashboard-js.ts': 'covered by tests/tools/dashboard/dashboard-files.test.ts',
  'dashboard/files/written-files.ts':
    'covered by tests/tools/dashboard/dashboard-files.test.ts: exports only',
  'dashboard/page/charts/bar.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/charts/chart-frame.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/charts/line-chart.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/charts/patterns.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/charts/resolution.ts': 'constants only',
  'dashboard/page/charts/stacked-chart.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/page-header.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/page-parts.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/activity.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/control-buttons.ts': 'covered by tests/dashboard/controls/control-buttons.test.ts',
  'dashboard/page/panels/entries.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/hit-rate.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/latency.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/memory.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/panel.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/predicted.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/process.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/purge-form.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/reads-over-time.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/routes.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/panels/state.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/page/text/figure.ts': 'covered by tests/dashboard/page/render-page.test.ts',
  'dashboard/client/browser/patch.ts': 'covered by tests/dashboard/chromium/page.test.ts',
  'dashboard/client/browser/purge-submit.ts': 'covered by tests/dashboard/chromium/page.test.ts',
  'dashboard/client/browser/start.ts': 'covered by tests/dashboard/chromium/page.test.ts',
  'dashboard/data/dashboard-data.ts': 'types only',
  'dashboard/create-dashboard.ts': 'covered by tests/dashboard/dashboard.test.ts',
  'dashboard/data/cache-figures.ts': 'covered by tests/dashboard/data/figures.test.ts',
  'dashboard/data/process-figures.ts': 'covered by tests/dashboard/data/figures.test.ts',
  'dashboard/data/request-figures.ts': 'covered by tests/dashboard/data/figures.test.ts',
  'dashboard/data/top-figures.ts': 'covered by tests/dashboard/data/figures.test.ts',
  'dashboard/purge/purge-page.ts': 'covered by tests/dashboard/purge/purge-endpoint.test.ts',
  'dashboard/serving/compressed.ts': 'covered by tests/dashboard/dashboard.test.ts',
  'dashboard/serving/page-headers.ts': 'covered by tests/dashboard/dashboard.test.ts',
  'dashboard/serving/served-files.ts': 'covered by tests/dashboard/dashboard.test.ts',
  'dashboard/page/page-links.ts': 'types only',

  // cli/
  'cli/arguments/flags.ts':
    'covered by tests/cli/arguments/help-text.test.ts and tests/cli/arguments/parse-command.test.ts',
  'cli/arguments/read-flags.ts': 'covered by tests/cli/arguments/parse-command.test.ts',
  'cli/check/asking/answer.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/asking/ask-url.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/asking/describe-failure.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/check-options.ts': 'types only',
  'cli/check/check-report.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/findings/directive-findings.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/findings/finding.ts': 'types, and two constructors',
  'cli/check/findings/other-cache-findings.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/findings/storage-findings.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/findings/validator-findings.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/findings/variant-findings.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/open-connections.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/check/open-check-parts.ts': 'covered by tests/cli/check/check-url.test.ts',
  'cli/main.ts': 'covered by tests/runtimes/cli.test.ts, as a process',

  // exports/
  'exports/dashboard.ts': 'covered by tests/package.test.ts: exports only',
  'exports/index.ts': 'covered by tests/package.test.ts: exports only',
  'exports/metrics.ts': 'covered by tests/package.test.ts: exports only',
  'exports/node.ts': 'covered by tests/package.test.ts: exports only',
  'exports/process.ts': 'covered by tests/package.test.ts: exports only',
  'exports/service.ts': 'covered by tests/package.test.ts: exports only',
  'exports/stores/memcached.ts': 'covered by tests/package.test.ts: exports only',
  'exports/stores/custom.ts': 'covered by tests/package.test.ts: exports only',
  'exports/stores/redis.ts': 'covered by tests/package.test.ts: exports only',
  'exports/stores/sqlite.ts': 'covered by tests/package.test.ts: exports only',
  'exports/stores/workers-kv.ts': 'covered by tests/package.test.ts: exports only',

  // http/
  'http/cached/cache-request.ts': 'types only',
  'http/cached/loading/handler-run.ts':
    'covered by tests/http/cached/cached-undeclared-body.test.ts and tests/http/cached/cached-variables.test.ts',
  'http/cached/loading/handler-load.ts':
    'covered by tests/http/cached/cached-not-modified.test.ts and tests/http/cached/cached-undeclared-dependency.test.ts',
  'http/cached/loading/shared-failure.ts': 'covered by tests/http/cached/cached-failing-crowd.test.ts',
  'http/cached/loading/storable-response.ts':
    'covered by tests/http/cached/cached-qualified.test.ts, tests/http/cached/cached-vary.test.ts and tests/http/cached/cached-streaming.test.ts',
  'http/context/access-checks.ts': 'covered by tests/http/cached/loading/route-warnings.test.ts',
  'http/context/matched-handlers.ts':
    'covered by tests/http/context/own-handler.test.ts and tests/http/cached/cached-variables.test.ts',
  'http/context/reads/earlier-middleware.ts': 'covered by tests/http/cached/cached-variables.test.ts',
  'http/context/reads/raw-request.ts': 'covered by tests/http/context/reads/header-reads.test.ts',
  'http/context/reads/recorded-properties.ts': 'covered by tests/http/context/reads/header-reads.test.ts',
  'http/cached/route-server.ts': 'covered by tests/http/cached/cached.test.ts',
  'http/cached/request-headers.ts': 'covered by tests/http/context/reads/header-reads.test.ts',
  'http/front/routed-headers.ts': 'constants only',
  'http/socket/handed-connection.ts': 'covered by tests/http/socket/socket-server.test.ts',
  'http/measured/client-gone.ts': 'covered by tests/http/measured/measured-streams.test.ts',
  'http/measured/made-bodies.ts':
    'covered by tests/http/measured/measured-streams.test.ts and tests/http/measured/measured-transparent.test.ts',
  'http/measured/observed-stream.ts': 'covered by tests/http/measured/measured-streams.test.ts',
  'http/measured/request-ending.ts': 'covered by tests/http/measured/measured-streams.test.ts',
  'http/measured/request-watch.ts': 'covered by tests/http/measured/measured-streams.test.ts',
  'http/measured/response-bodies.ts':
    'covered by tests/http/measured/measured-streams.test.ts and tests/http/measured/measured-transparent.test.ts',
  'http/policy/no-declaration.ts': 'covered by tests/http/policy/undeclared-headers.test.ts',
  'http/cached/loading/dependencies.ts': 'covered by tests/http/cached/cached-undeclared-headers.test.ts',
  'http/context/shadow-property.ts': 'covered by tests/http/context/response-taken.test.ts',
  'http/cached/serve-miss.ts':
    'covered by tests/http/cached/cached-handler-errors.test.ts and tests/http/cached/cached-request-directives.test.ts',

  'http/stored/utf-8.ts':
    'covered by tests/http/stored/codec.test.ts and tests/http/cached/cached-bodies.test.ts',

  // instruments/
  'instruments/cache-label.ts': 'constants only',
  'instruments/duration-buckets.ts': 'constants only',

  // metrics/
  'metrics/families.ts':
    'covered by tests/metrics/registry.test.ts and tests/metrics/sharing/sharing.test.ts',
  'metrics/index.ts': 'exports only',
  'metrics/merging/merge-counters.ts': 'covered by tests/metrics/merging/merge.test.ts',
  'metrics/merging/native-merge.ts':
    'covered by tests/metrics/merging/merge-histograms.test.ts and tests/metrics/merging/merge-properties.test.ts',
  'metrics/merging/series-table.ts':
    'covered by tests/metrics/merging/merge.test.ts and tests/metrics/merging/merge-properties.test.ts',
  'metrics/process/gc-kinds.ts': 'constants only',
  'metrics/process/linux-readers.ts': 'covered by tests/metrics/process/process-readers.test.ts',
  'metrics/process/node-readers.ts': 'covered by tests/metrics/process/process-readers.test.ts',
  'metrics/process/runtime-metrics.ts': 'covered by tests/metrics/process/process-metrics.test.ts',
  'metrics/series/family.ts': 'covered by tests/metrics/registry.test.ts: types, and two errors',
  'metrics/series/stored-family.ts':
    'covered by tests/metrics/registry.test.ts and tests/metrics/sharing/sharing.test.ts',

  'node-builtins.ts': 'covered by tests/http/fields/conditional.test.ts and tests/stores/crc32.test.ts',

  // service/
  'service/openapi/docs-page.ts': 'covered by tests/tools/openapi/docs-page.test.ts',
  'service/openapi/written-files.ts': 'covered by tests/tools/openapi/openapi-document.test.ts: exports only',
  'service/default-targeted-control.ts': 'constants only',
  'service/parts.ts': 'covered by tests/service/app.test.ts: types, and the rules of the options',
  'process/pause.ts': 'one timer',
  'service/routes/read-user.ts': 'covered by tests/service/app.test.ts',
  'service/routes/user-caching.ts': 'covered by tests/service/app.test.ts',
  'service/routes/user-requests.ts':
    'covered by tests/service/app.test.ts and tests/service/routes/users-body.test.ts',
  'service/routes/users.ts': 'covered by tests/service/app.test.ts',
  'process/runtimes/bun-redis.ts':
    'covered by tests/servers/redis-service/connection.test.ts and tests/servers/redis-service/outage.test.ts, as a process',
  'service/runtimes/dev.ts': 'covered by tests/runtimes/dashboard.test.ts, as a process',
  'service/runtimes/bun.ts': 'covered by tests/runtimes/bun.test.ts, as a process',
  'process/runtimes/bun-runtime.ts': 'covered by tests/runtimes/bun.test.ts, as a process',
  'process/runtimes/listen-on-node.ts': 'covered by tests/runtimes/node.test.ts, as a process',
  'process/runtimes/listen-on-socket.ts': 'covered by tests/runtimes/bun.test.ts, as a process',
  'service/runtimes/node.ts': 'covered by tests/runtimes/node.test.ts, as a process',
  'service/runtimes/node-built.ts': 'covered by tests/runtimes/node.test.ts, as a process',
  'process/runtimes/node-runtime.ts': 'covered by tests/runtimes/node.test.ts, as a process',
  'process/runtimes/node-redis.ts':
    'covered by tests/servers/redis-service/connection.test.ts and tests/servers/redis-service/outage.test.ts, as a process',
  'process/runtimes/run-process.ts':
    'covered by tests/runtimes/startup.test.ts and tests/runtimes/shutdown.test.ts, as a process',
  'process/runtimes/stop-signal.ts':
    'covered by tests/runtimes/stopping/signals-during-start.test.ts and tests/runtimes/shutdown.test.ts, as a process',
  'process/phase.ts': 'types only',
  'process/serving/serve.ts': 'covered by tests/runtimes/shutdown.test.ts, as a process',
  'process/runtimes/requests/request-listener.ts': 'covered by tests/runtimes/host.test.ts, as a process',
  'process/serving/program.ts': 'types only',
  'process/serving/runtime.ts': 'types only',
  'process/serving/server.ts': 'types only',
  'process/startup/process-config.ts': 'types only',
  'process/startup/tiers/shared-tier-config.ts': 'types only',
  'service/runtimes/bun-process.ts': 'covered by tests/runtimes/bun.test.ts, as a process',
  'service/runtimes/node-process.ts': 'covered by tests/runtimes/node.test.ts, as a process',
  'service/startup/service-program.ts': 'covered by tests/runtimes/startup.test.ts, as a process',
  'process/startup/open-cache.ts': 'covered by tests/runtimes/startup.test.ts, as a process',
  'service/startup/open-repository.ts': 'covered by tests/runtimes/startup.test.ts, as a process',
  'process/startup/open-shared-tier.ts':
    'covered by tests/servers/memcached-service/connection.test.ts and tests/servers/sqlite-service/outage.test.ts, as a process',
  'process/startup/tiers/redis-tier.ts':
    'covered by tests/servers/redis-service/connection.test.ts, as a process',
  'process/startup/tiers/memcached-tier.ts':
    'covered by tests/servers/memcached-service/connection.test.ts, as a process',
  'process/startup/tiers/file-tier.ts':
    'covered by tests/servers/sqlite-service/outage.test.ts, as a process',
  'process/startup/tiers/opened-tier.ts':
    'covered by tests/servers/memcached-service/connection.test.ts, as a process',
  'process/startup/redis-connection.ts': 'types and constants only',
  'service/startup/open-service.ts': 'covered by tests/process/logging/failure-log.test.ts',
  'process/threads/assert-port-free.ts': 'covered by tests/runtimes/threads/startup.test.ts, as a process',
  'process/threads/messages.ts': 'types only',
  'process/threads/run-thread.ts': 'covered by tests/runtimes/threads/scenario.test.ts, as a process',
  'process/threads/supervised-thread.ts': 'covered by tests/runtimes/threads/death.test.ts, as a process',
  'service/users/open-sqlite-file.ts':
    'covered by tests/service/users/sqlite.test.ts and tests/service/users/sqlite-file.test.ts',
  'service/users/repository.ts': 'covered by tests/service/users/contract.ts: types, and one error',
  'service/users/schema.ts':
    'covered by tests/service/users/sqlite.test.ts and tests/service/users/d1.test.ts',

  // proxy/
  'process/access/page-access.ts': 'covered by tests/service/access/dashboard-access.test.ts',
  'proxy/headers/hop-by-hop.ts': 'covered by tests/proxy/headers/upstream-request.test.ts',
  'proxy/headers/forwarding.ts': 'covered by tests/proxy/headers/upstream-request.test.ts',
  'proxy/process/proxy-program.ts': 'covered by tests/proxy/proxy.test.ts, as a process',
  'proxy/proxy-options.ts': 'types and defaults only',
  'proxy/run-proxy.ts': 'covered by tests/proxy/proxy.test.ts, as a process',
  'proxy/own-routes.ts': 'covered by tests/proxy/create-proxy.test.ts',
  'proxy/refused-requests.ts': 'covered by tests/proxy/create-proxy.test.ts',
  'proxy/upstream/bun-send.ts': 'covered by tests/proxy/proxy.test.ts, as a process',
  'proxy/upstream/node-send.ts': 'covered by tests/proxy/proxy.test.ts, as a process',
  'proxy/upstream/forward.ts': 'covered by tests/proxy/create-proxy.test.ts',
  'proxy/upstream/send.ts': 'types only',

  // stores/
  'stores/memory/evicted.ts': 'types only',
  'stores/memory/eviction/density/entries.ts':
    'covered by tests/stores/memory/eviction/density/density.test.ts',
  'stores/memory/attached-caches.ts': 'covered by tests/stores/memory/store.test.ts',
  'stores/memory/eviction/eviction-policy.ts': 'types only',
  'stores/memory/memory-store-options.ts': 'covered by tests/stores/memory/store.test.ts',
  'stores/memory/place.ts': 'constants only',
  'stores/memory/room.ts': 'covered by tests/stores/memory/store.test.ts',
  'stores/memcached/claims.ts':
    'covered by tests/stores/memcached/memcached-store.test.ts and tests/stores/memcached/interleavings.test.ts',
  'stores/memcached/items/commands.ts':
    'covered by tests/stores/memcached/memcached-store.test.ts and tests/stores/memcached/interleavings.test.ts',
  'stores/memcached/items/replies.ts':
    'covered by tests/stores/memcached/memcached-store.test.ts and tests/stores/memcached/interleavings.test.ts',
  'stores/memcached/look.ts':
    'covered by tests/stores/memcached/memcached-store.test.ts and tests/stores/memcached/interleavings.test.ts',
  'stores/memcached/loads.ts':
    'covered by tests/stores/memcached/memcached-store.test.ts and tests/stores/memcached/interleavings.test.ts',
  'stores/memcached/memcached-namespace.ts':
    'covered by tests/stores/memcached/memcached-store.test.ts and tests/stores/memcached/interleavings.test.ts',
  'stores/memcached/reads.ts':
    'covered by tests/stores/memcached/memcached-store.test.ts and tests/stores/memcached/interleavings.test.ts',
  'stores/memcached/items/value-size.ts': 'covered by tests/stores/memcached/refused-values.test.ts',
  'stores/memcached/store-on-servers.ts': 'covered by tests/stores/memcached/memcached-store.test.ts',
  'stores/memcached/namespace-parts.ts': 'types only',
  'stores/memcached/server-listener.ts': 'types only',
  'stores/memcached/client/connection-changed-error.ts': 'one error',
  'stores/memcached/client/no-answer-error.ts': 'one error',
  'stores/memcached/client/meta-reply.ts': 'types only',
  'stores/redis/clients/node-redis-cluster.ts':
    'covered by tests/stores/redis/cluster-namespace.test.ts: the contract through node-redis',
  'stores/redis/clients/redis-connection.ts': 'types, and one time',
  'stores/redis/clients/upstash.ts':
    'covered by tests/stores/redis/clients.test.ts: the contract over a local HTTP server',
  'stores/redis/names.ts':
    'covered by tests/stores/redis/clients.test.ts: names and namespaces that begin alike',
  'stores/redis/namespace-operations.ts': 'types only',
  'stores/redis/redis-store.ts':
    'covered by tests/stores/redis/clients/redis-client.test.ts and tests/stores/options.test.ts',
  'stores/redis/scripts/entry-scripts.ts':
    'covered by tests/stores/redis/clients.test.ts, tests/stores/redis/writes.test.ts and tests/stores/redis/refused-writes.test.ts',
  'stores/redis/scripts/prelude.ts':
    'covered by tests/stores/redis/tag-table.test.ts and tests/stores/redis/lost-state.test.ts',
  'stores/redis/scripts/table-scripts.ts':
    'covered by tests/stores/redis/tag-table.test.ts and tests/stores/redis/cluster-namespace.test.ts',
  'stores/redis/server-namespace.ts':
    'covered by tests/stores/redis/clients.test.ts: the contract through every client',
  'stores/redis/sliced.ts': 'covered by tests/stores/redis/batches.test.ts',
  'stores/redis/unique-texts.ts': 'covered by tests/stores/redis/batches.test.ts',
  'stores/plain/generations.ts': 'covered by tests/stores/plain/plain-store.test.ts',
  'stores/plain/plain-namespace.ts': 'covered by tests/stores/plain/plain-store.test.ts',
  'stores/plain/plain-store-options.ts': 'types only',
  'stores/plain/running-loads.ts': 'covered by tests/stores/plain/plain-store.test.ts',
  'stores/plain/seen-tags.ts': 'covered by tests/stores/plain/plain-store.test.ts',
  'stores/plain/storage-keys.ts': 'covered by tests/stores/plain/plain-store.test.ts',
  'stores/plain/stored-value.ts': 'covered by tests/stores/plain/plain-store.test.ts',
  'stores/sqlite/file/connection.ts': 'covered by tests/stores/sqlite/file/shared-file.test.ts',
  'stores/sqlite/file/create-file.ts': 'covered by tests/stores/sqlite/file/open-file.test.ts',
  'stores/sqlite/file/file-checks.ts': 'covered by tests/stores/sqlite/file/open-file.test.ts',
  'stores/sqlite/file/log-files.ts': 'covered by tests/stores/sqlite/file/open-file.test.ts',
  'stores/sqlite/lease-waits.ts': 'covered by tests/stores/sqlite/message-poll.test.ts',
  'stores/sqlite/old-messages.ts':
    'covered by tests/stores/sqlite/message-poll.test.ts and tests/stores/sqlite/housekeeping.test.ts',
  'stores/sqlite/sqlite-namespace.ts': 'covered by tests/stores/sqlite/sqlite-store.test.ts: the contract',
  'stores/sqlite/tables/entries.ts':
    'covered by tests/stores/sqlite/sqlite-store.test.ts and tests/stores/sqlite/eviction.test.ts',
  'stores/sqlite/tables/facts.ts': 'covered by tests/stores/sqlite/file/open-file.test.ts',
  'stores/sqlite/tables/leases.ts':
    'covered by tests/stores/sqlite/sqlite-store.test.ts and tests/stores/sqlite/operations.test.ts',
  'stores/sqlite/tables/messages.ts': 'covered by tests/stores/sqlite/message-poll.test.ts',
  'stores/sqlite/tables/namespaces.ts': 'covered by tests/stores/sqlite/sqlite-store.test.ts: the contract',
  'stores/sqlite/tables/prepared.ts': 'covered by tests/stores/sqlite/sqlite-store.test.ts: the contract',
  'stores/sqlite/tables/schema.ts':
    'covered by tests/stores/sqlite/file/open-file.test.ts: constants, and the classes of the tables',
  'stores/sqlite/timing/timing.ts':
    'covered by tests/stores/sqlite/sqlite-store.test.ts: clocks and timers of the runtime',
  'stores/sqlite/validity.ts':
    'covered by tests/stores/sqlite/sqlite-store.test.ts and tests/stores/sqlite/housekeeping.test.ts',
  'stores/store.ts': 'types only',
}

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort()

const testOf = (source: string) => `tests/${source.replace(/\.ts$/, '.test.ts')}`
const isMissing = (path: string) => !existsSync(join(root, path))

describe('like-named tests', () => {
  it('each source file has a like-named test or a reason', () => {
    const untested = sources.filter(
      (source) => isMissing(testOf(source)) && !Object.hasOwn(WITHOUT_TEST, source),
    )
    assert.deepEqual(untested, [], 'add the test, or a reason to WITHOUT_TEST')
  })

  it('each source file with a reason exists and has no like-named test', () => {
    const listed = Object.keys(WITHOUT_TEST)
    assert.deepEqual(
      listed.filter((source) => isMissing(`src/${source}`)),
      [],
      'remove files that are gone from WITHOUT_TEST',
    )
    assert.deepEqual(
      listed.filter((source) => !isMissing(testOf(source))),
      [],
      'remove files that have a test from WITHOUT_TEST',
    )
  })

  it('each reason names tests that exist, or says why there is nothing to test', () => {
    for (const [source, reason] of Object.entries(WITHOUT_TEST)) {
      const named = reason.match(/tests\/[\w./-]*\w/g) ?? []
      assert.deepEqual(named.filter(isMissing), [], `${source}: tests that do not exist`)
      assert.equal(named.length > 0, reason.startsWith('covered by '), `${source}: ${reason}`)
    }
  })
})
