/** Starts a Memcached server. */
import { connect } from 'node:net'
import { type RunningServer, startServer } from './server-process.ts'

export interface MemcachedServerOptions {
  /** Further options. */
  options?: readonly string[]
  /** Port of an earlier server that has ended. Default: a free one. */
  port?: number
}

export function startMemcached({ options = [], port }: MemcachedServerOptions = {}): Promise<RunningServer> {
  // As root, Memcached runs only with --user.
  const defaults = ['--listen=127.0.0.1', '--udp-port=0', '--user=nobody']
  return startServer('memcached', (port) => [`--port=${port}`, ...defaults, ...options], accepts, port)
}

/** Memcached prints that it listens only together with each command, which makes it slow. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
