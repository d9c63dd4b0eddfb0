/** Consistent hashing by the ketama algorithm, which many clients share. */
import { hash } from 'node:crypto'
import type { ServerAddress } from './server-address.ts'

/** Each server has four points for each of so many hashes. */
const HASHES_PER_SERVER = 40
const POINTS_PER_HASH = 4

/** Left out of the names of points, as libmemcached does. */
const DEFAULT_PORT = 11_211

export class Ketama {
  /** Points of all servers on the ring, in ascending order. */
  readonly #points: Uint32Array
  /** For each point the index of its server. */
  readonly #owners: Uint16Array

  constructor(servers: readonly ServerAddress[]) {
    const points = servers
      .flatMap((server, index) =>
        pointsOf(server).map((point) => ({ point, index, name: pointName(server) })),
      )
      .sort((a, b) => a.point - b.point || (a.name < b.name ? -1 : 1)) // two servers may share a point
    this.#points = Uint32Array.from(points, ({ point }) => point)
    this.#owners = Uint16Array.from(points, ({ index }) => index)
  }

  /** Returns the index of the server of a key: the owner of the first point at or after the key's. */
  indexOf(key: string): number {
    const point = hash('md5', key, 'buffer').readUInt32LE(0)
    let low = 0
    let high = this.#points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#points[middle] ?? 0) < point) low = middle + 1
      else high = middle
    }
    return this.#owners[low] ?? this.#owners[0] ?? 0
  }
}

function pointsOf(server: ServerAddress): number[] {
  const name = pointName(server)
  return Array.from({ length: HASHES_PER_SERVER }, (_, i) => {
    const digest = hash('md5', `${name}-${i}`, 'buffer')
    return Array.from({ length: POINTS_PER_HASH }, (_, part) => digest.readUInt32LE(4 * part))
  }).flat()
}

function pointName(server: ServerAddress): string {
  if (server.kind === 'unix') return server.path
  return server.port === DEFAULT_PORT ? server.host : `${server.host}:${server.port}`
}
