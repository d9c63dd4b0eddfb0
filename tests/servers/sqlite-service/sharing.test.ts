import { join } from 'node:path'
import { describeSharing } from '../describe-sharing.ts'
import { folderFor } from '../sharing-services.ts'

describeSharing({
  tier: 'sqlite',
  hasMessages: true,
  open: async (test) => ({ CACHE_FILE: join(await folderFor(test), 'cache.sqlite') }),
})
