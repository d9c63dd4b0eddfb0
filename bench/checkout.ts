/** The public API of this checkout of hitrate or of another one, for a comparison of two versions in one run. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

export type Hitrate = typeof import('../src/exports/index.ts')

export type RedisStoreExport = typeof import('../src/exports/stores/redis.ts').redisStore

const here = join(import.meta.dirname, '..')

/** Entry files, newest layout first. */
const entries = ['src/exports/index.ts', 'src/index.ts']

/**
 * @param folder another checkout, with its node_modules; this one when empty
 * @throws {Error} when the folder has no entry file of any layout.
 */
export async function loadHitrate(folder = ''): Promise<Hitrate> {
  const root = folder === '' ? here : resolve(folder)
  const entry = entries.map((path) => join(root, path)).find((path) => existsSync(path))
  if (entry === undefined) throw new Error(`${root} is not a checkout of hitrate: no ${entries.join(' or ')}`)
  return import(pathToFileURL(entry).href)
}

/** As {@link loadHitrate}, for the store in Redis. */
export async function loadRedisStore(folder = ''): Promise<RedisStoreExport> {
  const root = folder === '' ? here : resolve(folder)
  return (await import(pathToFileURL(join(root, 'src/exports/stores/redis.ts')).href)).redisStore
}
