/** Starts a Redis server without persistence, unless the options ask for it. */
import { type RunningServer, startServer } from './server-process.ts'

export interface RedisServerOptions {
  /** Further options, which override those above. */
  options?: readonly string[]
  /** Port of an earlier server that has ended. Default: a free one. */
  port?: number
}

export function startRedis({ options = [], port }: RedisServerOptions = {}): Promise<RunningServer> {
  const defaults = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  return startServer(
    'redis-server',
    (port) => ['--port', `${port}`, ...defaults, ...options],
    /Ready to accept connections/,
    port,
  )
}
