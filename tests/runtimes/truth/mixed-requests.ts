/** A client that sends requests of many kinds to the service, and counts them as the service should. */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

/** Requests by method, route and status, in the form of the metric's labels. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(method: string, route: string, status: number): void {
    const key = `method="${method}",route="${route}",status="${status}"`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  entries(): [labels: string, count: number][] {
    return [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
  }

  get total(): number {
    let sum = 0
    for (const count of this.#counts.values()) sum += count
    return sum
  }
}

interface Kind {
  method: string
  /** The route under which the service counts it. */
  route: string
  path(n: number): string
  headers?: OutgoingHttpHeaders
  body?(n: number): string
  /** If true, the client leaves before the response. */
  leaves?: boolean
}

const USER = '/api/user/:id'
const known = (n: number) => `/api/user/user_00${1 + (n % 3)}`
/** The one that is written: writes make its reads misses, which wait for the repository. */
const written = () => '/api/user/user_004'
const user = (id: string) => JSON.stringify({ id, name: 'Some One', email: 'some@example.com' })
const json = { 'content-type': 'application/json' }

const KINDS: readonly Kind[] = [
  { method: 'GET', route: USER, path: known },
  { method: 'GET', route: USER, path: known },
  { method: 'GET', route: USER, path: known },
  { method: 'HEAD', route: USER, path: known },
  { method: 'GET', route: USER, path: known, headers: { 'if-none-match': '*' } },
  { method: 'GET', route: USER, path: known, headers: { range: 'bytes=0-3' } },
  { method: 'GET', route: USER, path: known, headers: { 'cache-control': 'only-if-cached' } },
  { method: 'GET', route: USER, path: (n) => `/api/user/absent_${n}` },
  { method: 'GET', route: USER, path: () => '/api/user/not%20valid' },
  { method: 'GET', route: '/api/users', path: () => '/api/users?limit=2' },
  { method: 'GET', route: USER, path: written },
  { method: 'GET', route: '/api/users', path: () => '/api/users?limit=many' },
  {
    method: 'POST',
    route: '/api/user',
    path: () => '/api/user',
    headers: json,
    body: (n) => user(`new_${n}`),
  },
  {
    method: 'POST',
    route: '/api/user',
    path: () => '/api/user',
    headers: json,
    body: () => user('user_001'),
  },
  { method: 'POST', route: '/api/user', path: () => '/api/user', headers: json, body: () => '{"id":1}' },
  {
    method: 'PUT',
    route: USER,
    path: written,
    headers: json,
    body: (n) => JSON.stringify({ name: `Name ${n}`, email: 'a@example.com' }),
  },
  { method: 'DELETE', route: USER, path: (n) => `/api/user/new_${n}` },
  { method: 'PATCH', route: USER, path: known },
  { method: 'POST', route: '/api/users', path: () => '/api/users' },
  { method: 'OPTIONS', route: USER, path: known },
  { method: 'OPTIONS', route: '/*', path: (n) => `/nothing/${n}` },
  { method: 'PROPFIND', route: USER, path: known },
  { method: 'GET', route: '/*', path: (n) => `/nothing/${n}` },
  { method: 'GET', route: '/health', path: () => '/health' },
  { method: 'GET', route: USER, path: (n) => `/api/user/left_${n}`, leaves: true },
]

/** The methods that have a label of their own, among those above. */
const LABELLED = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export interface Sent {
  /** The requests that got a response, and those that the client left with the status 499. */
  answered: Tally
  /** Requests whose connection failed. */
  failed: number
}

/** Sends so many requests, `concurrency` at a time. */
export async function sendMixed(
  url: string,
  { count, concurrency, random }: { count: number; concurrency: number; random: () => number },
): Promise<Sent> {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const answered = new Tally()
  let failed = 0
  let sent = 0

  async function sendOne(): Promise<void> {
    const n = sent++
    const kind = KINDS[Math.floor(random() * KINDS.length)] ?? assertKind()
    const method = LABELLED.has(kind.method) ? kind.method : 'other'
    try {
      const status = kind.leaves
        ? await leave(hostname, Number(port), kind.path(n))
        : await statusOf(agent, hostname, Number(port), kind, n)
      answered.add(method, kind.route, status)
    } catch {
      failed++
    }
  }

  async function sendSome(): Promise<void> {
    while (sent < count) await sendOne()
  }
  await Promise.all(Array.from({ length: concurrency }, sendSome))
  agent.destroy()
  return { answered, failed }
}

function assertKind(): never {
  throw new Error('random must return numbers from 0 to below 1')
}

function statusOf(agent: Agent, host: string, port: number, kind: Kind, n: number): Promise<number> {
  const { method, headers = {}, path, body } = kind
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host, port, method, path: path(n), headers }, (incoming) => {
      incoming.resume()
      incoming.once('end', () => resolve(incoming.statusCode ?? 0))
      incoming.once('error', reject)
    })
    outgoing.once('error', reject)
    outgoing.end(body?.(n))
  })
}

/** Sends a GET and closes the connection at once. The status is that of nginx. */
function leave(host: string, port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
      socket.destroy() // the system has the bytes already, because they fit into its buffer
      resolve(499)
    })
    socket.once('error', reject)
  })
}
