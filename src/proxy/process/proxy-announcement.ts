/** The announcement of a proxy that listens. */
import type { Announcement, AnnouncementOptions } from '../../process/serving/program.ts'
import { describeSharedTier } from '../../process/startup/describe-shared-tier.ts'
import { OWN_PATH } from '../own-routes.ts'
import type { ProxyConfig } from '../proxy-config.ts'
import { pageAccess } from './own-access.ts'

export function proxyAnnouncement(options: AnnouncementOptions<ProxyConfig>): Announcement {
  const { config, host, port, version, runtime } = options
  const { upstream, threads, cache } = config
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const sharedTier = cache.sharedTier && describeSharedTier(cache.sharedTier)
  const page = `${url}${OWN_PATH}`
  const access = pageAccess(config)
  const rows: Record<string, string> = {
    proxy: `${url} -> ${upstream}`,
    page: { open: page, token: `${page}, the token is the password`, off: 'off without --token' }[access],
    cache: `${Math.round(cache.maxBytes / 2 ** 20)} MiB of memory${sharedTier ? `, shared in ${sharedTier}` : ''}`,
    lifetime:
      config.ttlMs === undefined
        ? 'as the upstream says'
        : `${config.ttlMs / 1000} s where the upstream says nothing`,
    ...(access === 'off'
      ? {}
      : { metrics: `${page}/metrics${access === 'token' ? ', needs the token' : ''}` }),
    try: `curl -i ${url}/`,
  }
  const lines = Object.entries(rows).map(([name, value]) => `  ${name.padEnd(8)}  ${value}`)
  return {
    fields: {
      ...{ url, upstream, ...(access === 'off' ? {} : { page }) },
      ...{ version, runtime, threads, cacheMaxBytes: cache.maxBytes },
      ...(sharedTier === undefined ? {} : { sharedTier }),
    },
    text: `\nhitrate ${version} on ${runtime}${threads > 1 ? `, ${threads} threads` : ''}\n${lines.join('\n')}\n\n`,
  }
}
