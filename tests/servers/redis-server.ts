/** A Redis of our own, in memory. */
import { type RunningServer, startServer } from './server-process.ts'

export function startRedis(): Promise<RunningServer> {
  const inMemory = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  return startServer(
    'redis-server',
    (port) => ['--port', `${port}`, ...inMemory],
    /Ready to accept connections/,
  )
}
