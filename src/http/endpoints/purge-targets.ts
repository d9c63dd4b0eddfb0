/** Finds the caches that a URL of a purge reaches, by requests that go through the app. */
import { cancelBody } from '../context/context-response.ts'
import { originsOf } from '../policy/origins.ts'
import { type Purge, type PurgeTarget, purgeRequest } from './purge-request.ts'

export interface PurgeRoute {
  /** URL of the purge request: a path is tried on its origin first. */
  own: string
  /** The caches of which the origins are tried if the app has no such URL on the first one. */
  caches: readonly object[]
  /** Sends a request through the app. */
  send: (request: Request) => Promise<Response>
}

/** @param text a URL, or a path, which belongs to every host. */
export async function targetsOf(text: string, { own, caches, send }: PurgeRoute): Promise<PurgeTarget[]> {
  const targets: PurgeTarget[] = []
  const isOnEveryHost = text.startsWith('/')
  const purge: Purge = { isOnEveryHost, reach: (target) => targets.push(target) }
  // `//a` is a path, not a host.
  const url = new URL(isOnEveryHost ? new URL(own).origin + text : text)
  url.hash = ''

  async function tryUrl(href: string): Promise<number> {
    const response = await send(purgeRequest(href, purge))
    cancelBody(response.body)
    return response.status
  }

  const status = await tryUrl(url.href)
  // A handler without a cache, or middleware that refuses, runs once only.
  if (targets.length === 0 && status !== 404) return targets
  const known = caches.flatMap((cache) => originsOf(cache).list())
  const origins = new Set([...known, ...targets.flatMap((target) => target.origins)])
  await Promise.all(otherSpellings(url, isOnEveryHost, origins).map(tryUrl))
  return targets
}

/** The URLs under which the same page may be stored. A proxy may have changed scheme and port; a `*` may be encoded. */
function otherSpellings(url: URL, isOnEveryHost: boolean, seen: ReadonlySet<string>): string[] {
  const path = url.pathname + url.search
  const sameHost = [...seen].filter((origin) => isOnEveryHost || new URL(origin).hostname === url.hostname)
  const origins = isOnEveryHost ? [] : [`http://${url.hostname}`, `https://${url.hostname}`]
  const urls = [url.origin, ...origins, ...sameHost].flatMap((origin) =>
    [path, path.replaceAll(/%2a/gi, '*')].map((one) => origin + one),
  )
  return [...new Set(urls)].filter((one) => one !== url.href)
}
