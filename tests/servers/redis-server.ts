/** Starts a Redis server without persistence. */
import { type RunningServer, startServer } from './server-process.ts'

export function startRedis(): Promise<RunningServer> {
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  return startServer(
    'redis-server',
    (port) => ['--port', `${port}`, ...options],
    /Ready to accept connections/,
  )
}
