/** The loads that go to each contender: the size of the row, the request headers, and whether every request has a new URL. */
import { isNode, type Runtime } from '../runtimes.ts'
import type { Size } from './rows.ts'

export interface LoadKind {
  title: string
  size: Size
  /** Request headers besides `Host`, in the order in which a browser sends them. */
  headers: Readonly<Record<string, string>>
  /** True if no URL is requested twice, so that every request is a miss. */
  isMiss: boolean
  /** Requests per second that a contender should reach, relative to the bare handler. */
  targets: Readonly<Record<string, Target>>
}

type Target = Partial<Record<'bun' | 'node', number>>

/** The header fields of a navigation by Chromium 156, which sends `Host` first. */
const chrome = {
  Connection: 'keep-alive',
  'sec-ch-ua': '"Not:A-Brand";v="8", "Chromium";v="156"',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Linux"',
  'Upgrade-Insecure-Requests': '1',
  'User-Agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  Accept:
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
  'Sec-Fetch-Site': 'none',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-User': '?1',
  'Sec-Fetch-Dest': 'document',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-US,en;q=0.9',
}

const loads = {
  tiny: hits('tiny', {
    front: { bun: 1.05, node: 1.1 },
    socket: { bun: 1.3, node: 2 },
    middlewares: { bun: 0.8, node: 0.82 },
    handler: { bun: 0.88, node: 0.9 },
  }),
  'tiny-chrome': withChrome(hits('tiny', { socket: { bun: 1, node: 2.5 } })),
  small: hits('small'),
  large: hits('large'),
  'large-chrome': withChrome(hits('large')),
  huge: hits('huge', { socket: { bun: 1.3, node: 3 } }),
  'huge-chrome': withChrome(hits('huge')),
  miss: {
    ...hits('tiny', { 'socket-bare': { bun: 0.6, node: 0.97 } }),
    title: 'every request a miss',
    isMiss: true,
  },
} satisfies Record<string, LoadKind>

/** @throws {TypeError} when a name, separated by commas from the others, is not known. */
export function loadsIn(flag: string): LoadKind[] {
  return flag.split(',').map((name) => {
    const load: LoadKind | undefined = Object.hasOwn(loads, name)
      ? loads[name as keyof typeof loads]
      : undefined
    if (load === undefined)
      throw new TypeError(`--loads must name ${Object.keys(loads).join(', ')}, got ${name}`)
    return load
  })
}

export function targetOf({ targets }: LoadKind, contender: string, runtime: Runtime): number | undefined {
  return targets[contender]?.[isNode(runtime) ? 'node' : 'bun']
}

function hits(size: Size, targets: LoadKind['targets'] = {}): LoadKind {
  return { title: 'hits, Host only', size, headers: {}, isMiss: false, targets }
}

function withChrome(load: LoadKind): LoadKind {
  return { ...load, title: "hits, Chrome's 14 header fields", headers: chrome }
}
