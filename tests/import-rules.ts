/**
 * Import rules of src/ and tests/: an import is an error unless a row below allows it.
 * `depcruise src --config tests/import-rules.ts --output-type mermaid` draws the imports.
 */
import type {
  DependencyType,
  IAllowedRuleType,
  IConfiguration,
  IRegularAllowedRuleType,
} from 'dependency-cruiser'

/**
 * A place is a folder (`http/fields/`) or a file (`version.ts`) of src/, a package (`npm:hono`; `npm:*` is any package) or a
 * built-in module (`node:zlib`; `node:*` is any module). Rows add up: a file may import the places of all rows that list it.
 */
interface Row {
  files: string[]
  /** May be imported as values and as types. */
  values?: string[]
  /** May be imported with `import type` only. */
  types?: string[]
}

const library = [
  'http/',
  'instruments/',
  'cache/',
  'stores/',
  'metrics/',
  'dashboard/',
  'heap/',
  'callback-errors.ts',
  'options.ts',
  'version.ts',
]

/** The files of cache/ that http/ may import values from; types may come from all of them. */
const cacheValuesForHttp = ['cache/cache.ts', 'cache/http-reads.ts']

const table: Row[] = [
  { files: ['exports/'], values: [...library, 'process/', 'service/'] },
  { files: ['exports/index.ts'], values: ['exports/metrics.ts'] },

  {
    files: ['process/runtimes/', 'process/startup/', 'process/serving/', 'process/threads/'],
    values: [...library, 'process/', 'node:*', 'npm:@hono/node-server', 'npm:ioredis'],
    types: ['npm:hono', 'npm:@logtape/logtape'],
  },
  {
    files: ['process/logging/'],
    values: ['process/logging/', 'npm:@logtape/logtape'],
    types: ['cache/events.ts', 'cache/timing/schedule.ts', 'process/requests/answered-request.ts'],
  },
  { files: ['process/ids/'], values: ['process/ids/', 'http/'], types: ['npm:hono'] },
  {
    files: ['process/requests/'],
    values: ['http/', 'process/ids/', 'process/requests/'],
    types: ['npm:hono', 'cache/events.ts', 'instruments/'],
  },

  {
    files: ['service/runtimes/', 'service/startup/'],
    values: [...library, 'process/', 'service/', 'node:*', 'npm:zod'],
    types: ['npm:hono', 'npm:@logtape/logtape', 'npm:@cloudflare/workers-types'],
  },
  { files: ['process/access/'], values: ['process/access/', 'http/', 'npm:hono'] },
  { files: ['service/access/'], values: ['process/access/'] },

  {
    files: ['proxy/'],
    values: [...library, 'proxy/', 'process/', 'dashboard/', 'node:path', 'npm:hono'],
    types: ['npm:@logtape/logtape'],
  },
  { files: ['proxy/process/', 'proxy/run-proxy.ts', 'proxy/upstream/node-send.ts'], values: ['node:*'] },
  {
    files: ['service/development/'],
    values: [
      ...['service/development/', 'service/users/', 'service/routes/user-caching.ts', 'process/pause.ts'],
      ...['process/access/loopback.ts', 'service/startup/', 'process/startup/'],
    ],
    types: ['dashboard/controls/', 'cache/', 'process/serving/', 'npm:@logtape/logtape'],
  },
  {
    files: ['service/app.ts', 'service/parts.ts'],
    values: [
      ...['http/', 'service/access/', 'process/ids/', 'service/routes/', 'service/openapi/api-docs.ts'],
      ...['service/parts.ts', 'process/requests/', 'service/join-hit-headers.ts'],
      ...['service/users/compare-and-set.ts', 'options.ts', 'npm:hono'],
    ],
    types: ['instruments/', 'cache/', 'metrics/', 'service/users/repository.ts', 'process/phase.ts'],
  },
  { files: ['service/join-hit-headers.ts'], types: ['http/front/'] },
  {
    files: ['service/access/'],
    values: ['service/access/', 'process/ids/', 'http/', 'npm:hono'],
    types: ['process/requests/answered-request.ts'],
  },
  {
    files: ['service/routes/'],
    values: [
      ...['service/routes/', 'process/ids/', 'service/users/repository.ts', 'service/users/user.ts', 'http/'],
      ...['process/requests/no-sniff.ts'],
      ...['cache/timing/with-deadline.ts', 'npm:hono', 'npm:zod', 'npm:@hono/zod-validator'],
    ],
    types: ['cache/', 'process/phase.ts'],
  },
  {
    files: ['service/routes/lists/'],
    values: ['cache/lifetime.ts', 'cache/loading/deadline-error.ts', 'cache/http-reads.ts'],
  },
  { files: ['service/openapi/'], values: ['service/openapi/', 'npm:hono'] },
  { files: ['service/users/'], values: ['service/users/', 'process/pause.ts', 'npm:zod'] },
  {
    files: ['service/users/sqlite.ts', 'service/users/open-sqlite-file.ts', 'service/users/ping/'],
    values: ['node:sqlite', 'node:fs', 'node:path'],
  },
  { files: ['service/users/migrate-sqlite.ts'], types: ['node:sqlite'] },
  { files: ['service/users/d1.ts'], types: ['npm:@cloudflare/workers-types'] },

  {
    files: ['cli/'],
    values: [
      ...['cli/', 'http/fields/', 'proxy/', 'version.ts', 'node:*', 'npm:hono'],
      'service/startup/config-numbers.ts',
    ],
    types: ['npm:zod'],
  },
  // A check runs the real cache in this process.
  {
    files: ['cli/check/open-check-parts.ts'],
    values: ['cache/create-cache.ts', 'metrics/index.ts', 'stores/memory/store.ts'],
  },

  { files: ['http/fields/'], values: ['http/fields/', 'npm:hono'] },
  { files: ['http/policy/'], values: ['http/policy/', 'http/fields/', 'http/bounded-map.ts'] },
  { files: ['http/stored/'], values: ['http/stored/', 'http/fields/', 'http/bounded-map.ts'] },
  { files: ['http/context/'], values: ['http/context/', 'http/fields/'] },
  { files: ['http/endpoints/'], values: ['http/endpoints/', 'http/context/', 'http/fields/', 'npm:hono'] },
  {
    files: [
      'http/endpoints/purge.ts',
      'http/endpoints/purge-instructions.ts',
      'http/endpoints/purge-targets.ts',
    ],
    values: ['http/policy/url-tags.ts', 'http/policy/origins.ts'],
  },
  {
    files: ['http/endpoints/scrape.ts'],
    values: [
      'metrics/exposition/expose.ts',
      'metrics/exposition/scrape-deadline.ts',
      'metrics/merging/snapshot-source.ts',
    ],
    types: ['metrics/index.ts'],
  },
  {
    files: ['http/front/'],
    values: ['http/front/', 'http/stored/', 'http/bounded-map.ts', 'http/endpoints/purge-request.ts'],
    types: ['http/policy/'],
  },
  { files: ['http/front/plain-get.ts', 'http/front/front-listener.ts'], types: ['node:http'] },
  {
    files: ['http/socket/'],
    values: ['http/socket/', 'http/front/', 'http/bounded-map.ts', 'node:net', 'node:http'],
    types: ['http/stored/heads/message.ts', 'npm:hono'],
  },
  {
    files: ['http/cached/'],
    values: [
      ...['http/cached/', 'http/context/', 'http/policy/', 'http/stored/', 'http/fields/'],
      ...['http/front/url-index.ts', 'http/front/url-only-key.ts'],
      ...['http/endpoints/problem.ts', 'http/endpoints/purge-request.ts'],
    ],
  },
  {
    files: ['http/measured/'],
    values: ['http/measured/', 'http/context/', 'http/fields/range.ts', 'http/endpoints/purge-request.ts'],
  },
  { files: ['http/measured/trace-context.ts'], values: ['http/fields/traceparent.ts'] },
  // It joins both: `instruments/` must not import Hono.
  {
    files: ['http/measured/http-metrics.ts'],
    values: ['instruments/requests.ts'],
    types: ['metrics/index.ts'],
  },
  {
    files: [
      'http/policy/',
      'http/stored/',
      'http/context/',
      'http/endpoints/',
      'http/front/',
      'http/cached/',
    ],
    values: cacheValuesForHttp,
    types: ['cache/'],
  },
  {
    files: ['http/policy/', 'http/context/', 'http/front/', 'http/cached/', 'http/measured/'],
    types: ['npm:hono'],
  },

  {
    files: [
      ...['http/policy/', 'http/stored/', 'http/endpoints/', 'http/front/', 'http/cached/', 'http/measured/'],
      ...['http/socket/', 'instruments/', 'cache/', 'stores/', 'metrics/'],
    ],
    values: ['options.ts'],
  },
  {
    files: [
      'http/measured/',
      'http/front/front-hits.ts',
      'http/front/hit-headers.ts',
      'http/stopwatch.ts',
      'cache/create-cache.ts',
      'service/app.ts',
    ],
    values: ['callback-errors.ts'],
  },
  { files: ['http/measured/', 'http/front/front-hits.ts'], values: ['http/stopwatch.ts'] },
  // The page and its script run in browsers, too.
  { files: ['dashboard/page/'], values: ['dashboard/page/'], types: ['dashboard/data/dashboard-data.ts'] },
  {
    files: ['dashboard/client/'],
    values: ['dashboard/client/', 'dashboard/page/'],
    types: ['dashboard/data/dashboard-data.ts'],
  },
  { files: ['dashboard/files/'], values: ['dashboard/files/'] },
  { files: ['dashboard/data/'], values: ['dashboard/data/'], types: ['cache/', 'metrics/'] },
  { files: ['dashboard/serving/'], values: ['dashboard/serving/', 'http/fields/'], types: ['npm:hono'] },
  { files: ['dashboard/serving/'], types: ['dashboard/page/page-links.ts'] },
  {
    files: ['dashboard/controls/'],
    values: ['dashboard/controls/', 'dashboard/purge/cross-site.ts', 'http/endpoints/problem.ts', 'npm:hono'],
    types: ['dashboard/data/dashboard-data.ts'],
  },
  {
    files: ['dashboard/purge/'],
    values: [
      ...['dashboard/purge/', 'dashboard/serving/', 'http/endpoints/', 'http/context/execution-context.ts'],
      'npm:hono',
    ],
    types: ['dashboard/dashboard-options.ts', 'cache/cache.ts'],
  },
  {
    files: [
      ...['dashboard/create-dashboard.ts', 'dashboard/dashboard.ts', 'dashboard/dashboard-options.ts'],
      ...['dashboard/dashboard-without-files.ts', 'dashboard/start-sampling.ts'],
    ],
    values: [
      ...['dashboard/', 'options.ts', 'npm:hono'],
      ...['metrics/merging/snapshot-source.ts', 'cache/timing/schedule.ts'],
    ],
    types: ['cache/', 'metrics/'],
  },
  { files: ['heap/'], values: ['heap/'] },
  { files: ['cache/', 'stores/memory/', 'http/stored/'], values: ['heap/'] },
  {
    files: ['instruments/'],
    values: ['instruments/', 'metrics/', 'cache/events.ts'],
    types: ['cache/cache.ts'],
  },
  { files: ['cache/'], values: ['cache/', 'stores/store.ts', 'stores/entry.ts'] },
  { files: ['stores/'], values: ['stores/store.ts', 'stores/entry.ts'], types: ['npm:*'] },
  { files: ['stores/entry.ts'], values: ['stores/crc32.ts'] },
  {
    files: [
      ...['stores/crc32.ts', 'http/fields/conditional.ts', 'http/stored/sized-body.ts'],
      'http/stored/create-stored-response.ts',
      ...['cache/remote/entry-name.ts', 'cache/loading/running-loads.ts', 'http/context/answer-watch.ts'],
      'cache/timing/shared-timers.ts',
      ...['http/socket/socket-server.ts', 'http/socket/write-parts.ts', 'http/measured/response-bodies.ts'],
    ],
    values: ['node-builtins.ts'],
  },
  { files: ['stores/memory/'], values: ['stores/memory/'] },
  { files: ['stores/plain/'], values: ['stores/plain/'] },
  { files: ['stores/workers-kv.ts'], values: ['stores/plain/plain-store.ts'] },
  { files: ['stores/redis/'], values: ['stores/redis/'] },
  {
    files: ['stores/sqlite/'],
    values: ['stores/sqlite/', 'node:sqlite', 'node:fs', 'node:path', 'node:os'],
  },
  { files: ['stores/memcached/'], values: ['stores/memcached/'] },
  {
    files: ['stores/memcached/client/'],
    values: ['node:net', 'node:tls', 'node:crypto'],
  },
  { files: ['metrics/'], values: ['metrics/'] },
  { files: ['metrics/exposition/compression.ts'], values: ['node:zlib'] },
  {
    files: [
      'metrics/process/process-readers.ts',
      'metrics/process/linux-readers.ts',
      'metrics/process/node-readers.ts',
      'metrics/process/gc-pauses.ts',
    ],
    values: ['node:fs', 'node:os', 'node:process', 'node:perf_hooks', 'node:v8'],
  },
]

const configuration: IConfiguration = {
  allowed: [
    ...table.flatMap(allowedBy),
    { from: { path: '^site/' }, to: { path: '^site/' } },
    { from: { path: '^site/' }, to: { dependencyTypes: ['core'] } },
    {
      from: { path: '^tools/dashboard/' },
      to: { path: ['^src/dashboard/', '^tools/dashboard/'] },
    },
    { from: { path: '^tools/dashboard/' }, to: { dependencyTypes: ['core'] } },
    { from: { path: '^tools/[^/]+$' }, to: { dependencyTypes: ['core'] } },
    { from: { path: '^tools/dashboards/' }, to: { path: '^tools/dashboards/' } },
    // The document is made from the schemas of the routes and from answers of the app.
    {
      from: { path: '^tools/openapi/' },
      to: { path: ['^src/', '^tools/openapi/', 'node_modules/(zod|hono)/'] },
    },
    { from: { path: '^tools/openapi/' }, to: { dependencyTypes: ['core'] } },
    {
      from: { path: '^tests/' },
      to: { path: ['^src/', '^tests/', '^tools/', '^site/', 'node_modules/', '^bun$'] },
    },
    { from: { path: '^tests/' }, to: { dependencyTypes: ['core'] } },
    // depcruise on Bun takes this module for a package, because Bun has no such module.
    { from: { path: '^tests/run/' }, to: { path: '^node:test/reporters$' } },
  ],
  allowedSeverity: 'error',
  forbidden: [
    { name: 'no-file-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-folder-cycle', severity: 'error', scope: 'folder', from: {}, to: { circular: true } },
    {
      name: 'no-development-in-a-service', // its buttons break the database
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/service/(development/|runtimes/dev[.]ts$)' },
      to: { path: '^src/service/(development/|runtimes/dev[.]ts$)' },
    },
    { name: 'no-import-of-a-test', severity: 'error', from: {}, to: { path: '[.]test[.]ts$' } },
    {
      name: 'no-vague-name', // a file with such a name collects unrelated functions
      severity: 'error',
      from: {},
      to: { path: '/(utils?|helpers?|commons?|types?|misc)(/|[.]ts$)', pathNot: 'node_modules/' },
    },
  ],
  options: {
    // TypeScript 7 has no compiler API in JavaScript, so swc parses; acorn would not see `import type`.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
export default configuration

function allowedBy({ files, values = [], types = [] }: Row): IAllowedRuleType[] {
  return files.flatMap((file) => {
    const from = { path: pathOf(file) }
    return [
      ...values.map((place) => ({ from, to: restrictionTo(place) })),
      ...types.map((place) => ({ from, to: restrictionTo(place, ['type-only']) })),
    ]
  })
}

function restrictionTo(place: string, dependencyTypes?: DependencyType[]): IRegularAllowedRuleType['to'] {
  if (place === 'node:*') return { dependencyTypes: ['core'] }
  return { path: pathOf(place), ...(dependencyTypes && { dependencyTypes }) }
}

/** A regular expression for the path of a place, as dependency-cruiser resolves it. */
function pathOf(place: string): string {
  const [, scheme, name = ''] = /^(?:(npm|node):)?(.*)$/.exec(place) ?? []
  const literal = name.replaceAll('.', '[.]')
  if (scheme === 'npm') return name === '*' ? 'node_modules/' : `node_modules/${literal}/`
  if (scheme === 'node') return `^(node:)?${literal}$`
  return `^src/${literal}${name.endsWith('/') ? '' : '$'}`
}
