import { join } from 'node:path'
import { describePurging } from '../describe-purging.ts'
import { describeSharing } from '../describe-sharing.ts'
import { folderFor, type SharedTierOptions } from '../sharing-services.ts'

const options: SharedTierOptions = {
  tier: 'sqlite',
  open: async (test) => ({ CACHE_FILE: join(await folderFor(test), 'cache.sqlite') }),
}

describeSharing({ ...options, hasMessages: true })
describePurging(options)
