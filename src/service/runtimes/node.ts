/**
 * Entry of the service on Node. The process and each of its threads start with this file. It listens for signals before it loads the
 * rest.
 */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Node strips the types of each file and compiles it, which takes half of a start. From the second start on, it reads the results
// from this folder. Where the folder cannot be written, nothing is cached. NODE_DISABLE_COMPILE_CACHE=1 turns the cache off.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/hitrate'))

await import('./node-built.ts') // not a static import, which would be compiled before the cache is on
