/**
 * Times gets of 1 kB of the clients of Memcached, and hits of hitrate's store and cache over its client. The contenders take turns.
 * Prints the figures as JSON.
 *
 *     node bench/memcached/gets.ts <port> <rounds> [clients]
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { KEYS, type ReadOne, row, timeReads } from '../timed-reads.ts'
import { clients, clientsNamed } from './clients.ts'
import { storedReads } from './hits.ts'

const [port, rounds, names] = process.argv.slice(2)
const json = JSON.stringify(row)
const reads: Record<string, ReadOne> = {}
for (const name of clientsNamed(names)) {
  const { get, set } = clients[name](Number(port))
  for (const key of KEYS) await set(keyOf(name, key), json)
  const read: ReadOne = (key) => get(keyOf(name, key))
  const value = await read(KEYS[0] ?? '')
  assert.equal(typeof value === 'string' ? value : Buffer.from(value as Uint8Array).toString(), json)
  reads[name] = read
  if (name === 'hitrate') Object.assign(reads, await storedReads(Number(port)))
}
process.stdout.write(JSON.stringify(await timeReads(reads, Number(rounds))))
process.exit() // the clients keep their connections

/** Keys of their own, because each client stores flags of its own. */
function keyOf(client: string, key: string): string {
  return `${client}:${key}`
}
