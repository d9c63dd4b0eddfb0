/** Commands of a test to a Memcached server, each on a connection of its own. */
import { connect } from 'node:net'

/** Sends commands, and resolves to the answer once its end matches. Rejects when the server closes the connection. */
export function askMemcached(port: number, commands: string, end: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1')
    socket.once('connect', () => socket.write(commands))
    socket.on('data', (text) => {
      answer += text
      if (!end.test(answer)) return
      socket.destroy()
      resolve(answer)
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`Memcached closed the connection after: ${answer}`)))
  })
}

/** Returns the keys of all items; none while the server still answers the last such request. */
export async function itemKeys(port: number): Promise<string[]> {
  const dump = await askMemcached(port, 'lru_crawler metadump all\r\n', /(?:^|\n)(?:END|BUSY.*)\r\n$/)
  return [...dump.matchAll(/^key=(\S+) /gm)].map(([, key = '']) => decodeURIComponent(key))
}

/** Deletes items, as an eviction does. */
export async function deleteItems(port: number, keys: readonly string[]): Promise<void> {
  await askMemcached(port, `${keys.map((key) => `md ${key} q\r\n`).join('')}mn\r\n`, /MN\r\n$/)
}

export async function flushAll(port: number): Promise<void> {
  await askMemcached(port, 'flush_all\r\n', /OK\r\n$/)
}

/** Number of items that are written at a time. */
const BATCH = 500

/** Writes items of all sizes until the server refuses each of them. It must have been started with `-M`. */
export async function fillMemcached(port: number): Promise<void> {
  for (let size = 1; size <= 4096; size *= 1.5) {
    const value = 'x'.repeat(size)
    for (let batch = 0; ; batch++) {
      const item = (i: number) => `ms fill-${value.length}-${batch}-${i} ${value.length} q\r\n${value}\r\n`
      const items = Array.from({ length: BATCH }, (_, i) => item(i)).join('')
      if ((await askMemcached(port, `${items}mn\r\n`, /MN\r\n$/)).includes('out of memory')) break
    }
  }
}
