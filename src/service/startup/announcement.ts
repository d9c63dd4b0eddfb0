/** The announcement of a service that listens: the fields of a log line, or a block of lines for a terminal. */
import type { Announcement, AnnouncementOptions } from '../../process/serving/program.ts'
import { describeSharedTier } from '../../process/startup/describe-shared-tier.ts'
import type { Config } from './config.ts'

/** Access to requests of a kind: open to all, with the token only, or off. */
type Access = 'open' | 'token' | 'off'

export function announcementOf(options: AnnouncementOptions<Config>): Announcement {
  const { config, host, port, version, runtime } = options
  const url = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
  const user = `${url}/api/user/user_001`
  const { threads, cache } = config
  const database = config.database.kind === 'memory' ? 'memory:' : config.database.path
  const sharedTier = cache.enabled && cache.sharedTier ? describeSharedTier(cache.sharedTier) : undefined
  const access = accessOf(config)
  return {
    fields: {
      url,
      ...(config.dashboard === 'off' ? {} : { page: `${url}/` }),
      user,
      health: `${url}/health`,
      metrics: `${url}/metrics`,
      ...(config.apiDocs ? { docs: `${url}/docs` } : {}),
      version,
      runtime,
      threads,
      database,
      cacheMaxBytes: cache.enabled ? cache.maxBytes : 0,
      ...(sharedTier === undefined ? {} : { sharedTier }),
      ...access,
    },
    text: blockOf(`hitrate ${version} on ${runtime}${threads > 1 ? `, ${threads} threads` : ''}`, {
      ...pageRow(config, url),
      url,
      database: database === 'memory:' ? 'in memory, lost at the end' : database,
      cache: cache.enabled ? `${sizeOf(cache.maxBytes)} of memory${sharedIn(sharedTier)}` : 'off',
      reads:
        access.reads === 'token'
          ? 'need READ_TOKEN or API_TOKEN'
          : 'open to everyone who reaches the service',
      writes: { open: 'open to this machine', token: 'need API_TOKEN', off: 'off without API_TOKEN' }[
        access.writes
      ],
      metrics: `${url}/metrics${access.scrapes === 'token' ? ', need METRICS_TOKEN' : ''}`,
      purges: access.purges === 'token' ? 'need ADMIN_TOKEN' : 'off without ADMIN_TOKEN',
      docs: config.apiDocs ? `${url}/docs` : 'off',
      try:
        access.reads === 'open'
          ? `curl -i ${user}`
          : `curl -i -H "authorization: Bearer $READ_TOKEN" ${user}`,
    }),
  }
}

function accessOf({ readToken, apiToken, openWrites, metricsToken, adminToken }: Config) {
  return {
    reads: readToken === undefined ? 'open' : 'token',
    writes: apiToken !== undefined ? 'token' : openWrites ? 'open' : 'off',
    scrapes: metricsToken === undefined ? 'open' : 'token',
    purges: adminToken === undefined ? 'off' : 'token',
  } satisfies Record<string, Access>
}

/** First, because it is the URL to open. */
function pageRow({ dashboard }: Config, url: string): { page?: string } {
  if (dashboard === 'off') return {}
  const password = dashboard === 'token' ? ', METRICS_TOKEN or ADMIN_TOKEN is the password' : ''
  return { page: `${url}/${password}` }
}

function sharedIn(sharedTier: string | undefined): string {
  return sharedTier === undefined ? '' : `, shared in ${sharedTier}`
}

/** The size in the largest unit that gives a whole number. */
function sizeOf(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const)
    if (bytes % size === 0) return `${bytes / size} ${unit}`
  return `${bytes} bytes`
}

function blockOf(title: string, rows: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(rows).map(({ length }) => length))
  const lines = Object.entries(rows).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  return `\n${[title, ...lines].join('\n')}\n\n`
}
