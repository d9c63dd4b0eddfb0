/** A proxy on a free port of 127.0.0.1, in front of a server on this machine, with faults that a test switches on and off. */
import { createServer, type Server, type Socket } from 'node:net'
import { type Fault, FaultyLink } from './faulty-link.ts'

export type { Fault }

export class FaultProxy {
  readonly port: number
  readonly #server: Server
  readonly #targetPort: number
  readonly #links = new Set<FaultyLink>()
  #fault: Fault = { kind: 'pass' }

  private constructor(server: Server, port: number, targetPort: number) {
    this.#server = server
    this.port = port
    this.#targetPort = targetPort
    server.on('connection', (client) => this.#accept(client))
  }

  /** @param targetPort port of the server, which may start later and may restart. */
  static async start(targetPort: number): Promise<FaultProxy> {
    const server = createServer()
    await listen(server, 0)
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new FaultProxy(server, address.port, targetPort)
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#links.size
  }

  /** Applies a fault to all connections, present and new. Resolves when it is in effect. */
  async set(fault: Fault): Promise<void> {
    this.#fault = fault
    for (const link of [...this.#links]) link.apply(fault)
    const isListening = this.#server.listening
    if (fault.kind === 'refuse' && isListening) await close(this.#server)
    if (fault.kind !== 'refuse' && !isListening) await listen(this.#server, this.port)
  }

  /** Closes the present connections only. */
  cutOnce(): void {
    for (const link of [...this.#links]) link.close()
  }

  async end(): Promise<void> {
    this.cutOnce()
    if (this.#server.listening) await close(this.#server)
  }

  #accept(client: Socket): void {
    const link = new FaultyLink(client, this.#targetPort, this.#fault, () => this.#links.delete(link))
    this.#links.add(link)
    link.open()
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
