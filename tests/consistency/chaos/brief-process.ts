/** A process that invalidates one key and ends at once, as a script does. For the engine it is a cache of its own. */
import { createCache } from '../../../src/cache/create-cache.ts'
import { connect } from '../stores/connect.ts'
import type { Address } from '../stores/kind/address.ts'
import type { Database } from './database.ts'
import type { Key } from './messages.ts'
import { clock } from './worker-process.ts'

const NAME = 'a brief process'

/** Does nothing if the store is not there. */
export async function writeBriefly(address: Address, database: Database, key: Key): Promise<void> {
  const opened = await connect(address).catch(() => undefined)
  if (opened === undefined) return
  const cache = createCache({ remote: opened.remote })
  const version = database.bump(key, NAME, clock())
  const { confirmed } = await cache.delete(key)
  database.confirmed(key, version, confirmed ? clock() : undefined)
  await cache.close()
  await opened.close()
}
