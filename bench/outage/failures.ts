/** The failures: of the store, or of the database behind the cache. */
import { Redis } from 'ioredis'
import type { Address, StoreName } from '../../tests/consistency/stores/kind/address.ts'
import { ordinaryUser } from '../../tests/consistency/stores/kind/ordinary-user.ts'
import { outageKinds } from '../../tests/consistency/stores/outage-kinds.ts'
import { storeStarts } from '../../tests/consistency/stores/start-store.ts'
import { startRedis } from '../../tests/servers/redis-server.ts'
import type { DatabaseState } from './reader.ts'

export interface Failure {
  address: Address
  /** State of the database meanwhile. Default: it works. */
  database?: DatabaseState
  /** User of the processes. Default: that of the benchmark. */
  uid?: number
  begin(): Promise<unknown>
  /** Ends the failure. */
  repair(): Promise<unknown>
  /** Ends the servers. */
  end(): Promise<unknown>
}

type Start = () => Promise<Failure>

/** As an application makes it. */
const CLIENT = 'ioredis with its defaults'

const nothing = async () => {}

const ofRedis: Readonly<Record<string, Start>> = {
  'refuses connections': () => ofKind('redis', 'killed'),
  'frozen (SIGSTOP)': frozen,
  'answers 200 ms late': () => ofKind('redis', 'answers 200 ms late'),
  'restarted empty': () => ofKind('redis', 'restarted empty'),
  evicting,
}

/** Names of the failures of a store, and those of the database. */
export function failureNames(store: StoreName): string[] {
  const kind = outageKinds[store]
  const possible = kind.names.filter((name) => kind.skip(name) === false && !kind.concernsValues(name))
  const ofStore = store === 'redis' ? Object.keys(ofRedis) : possible
  return [...ofStore, 'database fails', 'database hangs']
}

/** @throws {TypeError} for a name that the store does not have. */
export function startFailure(store: StoreName, name: string): Promise<Failure> {
  if (name === 'database fails' || name === 'database hangs') return ofDatabase(store, name)
  const start = store === 'redis' ? ofRedis[name] : undefined
  return start === undefined ? ofKind(store, name) : start()
}

async function ofKind(store: StoreName, name: string): Promise<Failure> {
  const kind = outageKinds[store]
  if (!kind.names.includes(name)) {
    throw new TypeError(
      `--events must name ${[...failureNames(store), ...kind.names].join(', ')}, got ${name}`,
    )
  }
  const outage = await kind.start(name)
  return {
    address: outage.address(CLIENT),
    ...(kind.needsOrdinaryUser(name) && { uid: ordinaryUser.uid }),
    begin: () => outage.begin(),
    repair: () => outage.repair(),
    end: () => outage.end(),
  }
}

async function frozen(): Promise<Failure> {
  const server = await startRedis()
  return {
    address: { store: 'redis', port: server.port, client: CLIENT },
    begin: async () => process.kill(server.pid, 'SIGSTOP'),
    repair: async () => process.kill(server.pid, 'SIGCONT'),
    end: () => server.end(),
  }
}

/** A full server with `allkeys-lru`, to which another program writes all the time. */
async function evicting(): Promise<Failure> {
  const server = await startRedis({ options: ['--maxmemory-policy', 'allkeys-lru'] })
  const admin = new Redis(server.port, '127.0.0.1')
  let timer: NodeJS.Timeout | undefined
  let next = 0
  return {
    address: { store: 'redis', port: server.port, client: CLIENT },
    async begin() {
      await admin.config('SET', 'maxmemory', '4mb')
      timer = setInterval(() => void writeForeignKeys(admin, 100, () => next++).catch(nothing), 20)
    },
    async repair() {
      clearInterval(timer)
      await admin.config('SET', 'maxmemory', '0')
    },
    async end() {
      clearInterval(timer)
      admin.disconnect()
      await server.end()
    },
  }
}

/** Writes values of 1 kB. */
export async function writeForeignKeys(client: Redis, keys: number, number: () => number): Promise<void> {
  const pipeline = client.pipeline()
  for (let i = 0; i < keys; i++) pipeline.set(`foreign:${number()}`, 'x'.repeat(1000))
  await pipeline.exec()
}

async function ofDatabase(store: StoreName, name: 'database fails' | 'database hangs'): Promise<Failure> {
  const started = await storeStarts[store]()
  const { address } = started
  return {
    address: address.store === 'redis' ? { ...address, client: CLIENT } : address,
    database: name === 'database fails' ? 'fails' : 'hangs',
    begin: nothing,
    repair: nothing,
    end: () => started.end(),
  }
}
