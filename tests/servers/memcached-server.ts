/** Starts a Memcached server. */
import { type RunningServer, startServer } from './server-process.ts'

export function startMemcached(): Promise<RunningServer> {
  // Memcached needs --user to run as root, and logs that it listens only with -vv.
  const options = ['--listen=127.0.0.1', '--udp-port=0', '--user=nobody', '-vv']
  return startServer('memcached', (port) => [`--port=${port}`, ...options], /server listening/)
}
