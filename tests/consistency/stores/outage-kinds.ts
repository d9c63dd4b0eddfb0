/** The outages of every store. */
import type { StoreName } from './address.ts'
import type { OutageKind } from './outage-kind.ts'
import { redisOutages } from './redis-outages.ts'

export const outageKinds: Readonly<Record<StoreName, OutageKind>> = {
  redis: redisOutages,
}
