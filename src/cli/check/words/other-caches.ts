/** The headers of other caches between hitrate and the origin, and their meanings. */
import { cacheStatusMembers } from '../asking/own-cache-status.ts'
import { secondsText } from './durations.ts'

export interface CacheSaying {
  /** The header as it was sent, with its usual capitals. */
  field: string
  value: string
  meaning: string
}

/** Headers in which caches say what they did: name in lower case, name with capitals, and whose it is. */
const FIELDS: readonly (readonly [name: string, written: string, whose: string])[] = [
  ['cf-cache-status', 'CF-Cache-Status', 'Cloudflare'],
  ['x-vercel-cache', 'X-Vercel-Cache', 'Vercel'],
  ['x-nextjs-cache', 'X-Nextjs-Cache', 'Next.js'],
  ['x-cache', 'X-Cache', 'a cache'],
  ['x-proxy-cache', 'X-Proxy-Cache', 'a cache'],
  ['x-cache-status', 'X-Cache-Status', 'a cache'],
  ['x-litespeed-cache', 'X-LiteSpeed-Cache', 'LiteSpeed'],
  ['x-drupal-cache', 'X-Drupal-Cache', 'Drupal'],
]

/** Words of these headers, of which the first that occurs counts. Squid joins them: `TCP_REFRESH_HIT`. */
const WORDS: readonly (readonly [word: RegExp, meaning: string])[] = (
  [
    ['MISS', 'did not have it, and asked further'],
    ['DYNAMIC|UNCACHEABLE|PASS', 'does not store it'],
    ['BYPASS|SKIP', 'was told not to store it'],
    ['EXPIRED|REFRESH_MODIFIED', 'had it, but expired, and asked further'],
    ['REVALIDATED|REFRESH_?HIT|REFRESH_UNMODIFIED', 'had it, and the origin confirmed it'],
    ['STALE|UPDATING', 'served it stale'],
    ['PRERENDER', 'served it from a file made at build time'],
    ['HIT', 'served it from its store'],
  ] as const
).map(([words, meaning]) => [new RegExp(`(?<![a-z])(?:${words})(?![a-z])`, 'i'), meaning])

/** The sayings of all other caches, the nearest header first. */
export function sayingsOf(headers: Headers): CacheSaying[] {
  const sayings: CacheSaying[] = []
  const age = headers.get('age')
  if (age !== null) {
    const isNumber = /^\d+$/.test(age)
    const meaning = isNumber
      ? `${secondsText(Number(age))} of its lifetime were spent in other caches`
      : 'not a number'
    sayings.push({ field: 'Age', value: age, meaning })
  }
  for (const member of cacheStatusMembers(headers.get('cache-status'))) {
    const [name = ''] = member.split(';')
    const isHit = /;\s*hit\b/.test(member)
    const meaning = `the cache ${name} ${isHit ? 'served it from its store' : 'asked further'}`
    sayings.push({ field: 'Cache-Status', value: member, meaning })
  }
  for (const [name, field, whose] of FIELDS) {
    const value = headers.get(name)
    if (value === null) continue
    const last = value.split(',').at(-1) ?? '' // of several caches, the nearest
    const meaning = WORDS.find(([word]) => word.test(last))?.[1]
    sayings.push({ field, value, meaning: meaning === undefined ? `from ${whose}` : `${whose} ${meaning}` })
  }
  const via = headers.get('via')
  if (via !== null) sayings.push({ field: 'Via', value: via, meaning: 'the response passed through a proxy' })
  return sayings
}
