/** Starts a Redis Cluster of three masters without replicas. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../runtimes/running-service.ts'
import { startRedis } from './redis-server.ts'

const SLOTS = 16_384
const NODES = 3

export interface RunningCluster {
  ports: number[]
  /** Kills one node. */
  endNode(index: number): Promise<void>
  /** Starts a node again that has ended. */
  restartNode(index: number): Promise<void>
  /** Kills all nodes; resolves when they have ended. Can be called again. */
  end(): Promise<void>
}

export async function startRedisCluster(): Promise<RunningCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-cluster-'))
  const ports = await freePorts(2 * NODES)
  const nodes = await Promise.all(
    Array.from({ length: NODES }, (_, i) => startNode(join(folder, `${i}.conf`), ports.slice(2 * i))),
  )
  const clients = nodes.map(({ server }) => new Redis({ host: '127.0.0.1', port: server.port }))
  const step = Math.ceil(SLOTS / NODES)
  for (const [i, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', i * step, Math.min((i + 1) * step, SLOTS) - 1)
  }
  for (const { server, busPort } of nodes) {
    await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', server.port, busPort)
  }
  for (const client of clients) {
    while (!(await isReady(client))) await new Promise((resolve) => setTimeout(resolve, 20))
    client.disconnect()
  }
  return {
    ports: nodes.map(({ server }) => server.port),
    async endNode(index) {
      await nodes[index]?.server.end()
    },
    async restartNode(index) {
      nodes[index] = await startNode(join(folder, `${index}.conf`), ports.slice(2 * index))
    },
    async end() {
      await Promise.all(nodes.map(({ server }) => server.end()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

async function startNode(configFile: string, [port = 0, busPort = 0]: number[]) {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', configFile]
  const options = [...cluster, '--cluster-port', `${busPort}`, '--cluster-node-timeout', '2000']
  return { server: await startRedis({ options, port }), busPort }
}

async function isReady(client: Redis): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'))
  return /cluster_state:ok/.test(info) && info.includes(`cluster_known_nodes:${NODES}`)
}
