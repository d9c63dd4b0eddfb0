/** A Memcached of our own. */
import { type RunningServer, startServer } from './server-process.ts'

export function startMemcached(): Promise<RunningServer> {
  // It runs as root only when told a user; only when it is very verbose it says that it listens.
  const here = ['--listen=127.0.0.1', '--udp-port=0', '--user=nobody', '-vv']
  return startServer('memcached', (port) => [`--port=${port}`, ...here], /server listening/)
}
