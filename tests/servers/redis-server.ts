/** Starts a Redis server without persistence, unless the options ask for it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningServer, startServer } from './server-process.ts'

export interface RedisServerOptions {
  /** Further options, which override those below. */
  options?: readonly string[]
  /** Port of an earlier server that has ended. Default: a free one. */
  port?: number
}

export async function startRedis({ options = [], port }: RedisServerOptions = {}): Promise<RunningServer> {
  // A folder of its own, because a server loads the snapshot that it finds, and a replica writes one.
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  const defaults = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = await startServer(
    'redis-server',
    (port) => ['--port', `${port}`, ...defaults, ...options],
    /Ready to accept connections/,
    port,
  )
  return {
    ...server,
    async end() {
      await server.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
