/** Clusters of node-redis (package `redis`): `createCluster`. */
import { listen, type NodeRedisSubscriber } from './node-redis.ts'
import type { RedisConnection } from './redis-connection.ts'

export interface NodeRedisCluster {
  sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>
  getSlotRandomNode(slot: number): unknown
  duplicate(...overrides: never[]): unknown
  on(event: string, listener: (...args: string[]) => void): unknown
  off(event: string, listener: (...args: string[]) => void): unknown
}

export function nodeRedisClusterConnection(cluster: NodeRedisCluster): RedisConnection {
  return {
    isCluster: true,
    isOrdered: false,
    command: (args) => cluster.sendCommand(firstKeyOf(args), false, [...args]),
    subscribe(channels, handlers, own) {
      // The types of a cluster depend on its modules, so one interface cannot name all of its methods.
      const subscriber = (own ? cluster.duplicate() : cluster) as NodeRedisSubscriber
      return listen(subscriber, [...channels], handlers, own)
    },
  }
}

/** Position of the first key in the commands of the store; the others go to any node. */
const positions: Readonly<Record<string, number>> = { DEL: 1, HGET: 1, EVAL: 3, EVALSHA: 3 }

function firstKeyOf(args: readonly string[]): string | undefined {
  const position = positions[args[0] ?? '']
  return position === undefined ? undefined : args[position]
}
