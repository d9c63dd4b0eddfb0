/** The differences between Bun and Node. */
import type { OpenRedis } from '../startup/redis-connection.ts'
import type { Address, ServedApp, Server } from './server.ts'

export interface Runtime {
  /** `bun` or `node`, followed by its version. */
  name: string
  /** URL of the program. Each thread starts the same program. */
  entry: string
  /** Listens on the address. @throws when the address cannot be used. */
  listen(app: ServedApp, address: Address): Promise<Server>
  openRedis: OpenRedis
  /** True if hits are answered from the socket unless the configuration says otherwise. */
  defaultSocketHits: boolean
}
