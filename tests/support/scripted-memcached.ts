/** A server on a free port of 127.0.0.1 that answers the first commands of a client, and all others as a test wants it. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

export class ScriptedMemcached {
  readonly port: number
  /** Commands that are answered by themselves, with their answers. */
  readonly answers: Record<string, string> = {
    version: 'VERSION 1.6.18\r\n',
    mn: 'MN\r\n',
    'stats settings': 'STAT maxbytes 67108864\r\nSTAT item_size_max 1048576\r\nEND\r\n',
  }
  /** False: no command is answered by itself. */
  isAnswering = true
  readonly #server: Server
  readonly #peers: ScriptedPeer[] = []
  #accepted = 0
  #waiting: (() => void)[] = []

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
    server.on('connection', (socket) => {
      this.#peers.push(
        new ScriptedPeer(socket, (line) => (this.isAnswering ? this.answers[line] : undefined)),
      )
      for (const look of this.#waiting.splice(0)) look()
    })
  }

  static async start(): Promise<ScriptedMemcached> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new ScriptedMemcached(server, address.port)
  }

  /** Number of connections so far. */
  get connections(): number {
    return this.#peers.length
  }

  /** Resolves to each connection in turn. */
  async accept(): Promise<ScriptedPeer> {
    for (;;) {
      const peer = this.#peers[this.#accepted]
      if (peer !== undefined) {
        this.#accepted++
        return peer
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async end(): Promise<void> {
    for (const peer of this.#peers) peer.close()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** The server's side of one connection. */
export class ScriptedPeer {
  /** Resolves when the connection has closed. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #answer: (line: string) => string | undefined
  #received = ''
  /** Commands that no test has taken. */
  readonly #commands: string[] = []
  #waiting: (() => void)[] = []

  constructor(socket: Socket, answer: (line: string) => string | undefined) {
    this.#socket = socket
    this.#answer = answer
    socket.on('error', () => {}) // 'close' follows
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1')
      this.#read()
    })
  }

  /** Resolves to the next command that was not answered: its line, for `ms` and `set` with a space and the value. */
  async next(): Promise<string> {
    for (;;) {
      const command = this.#commands.shift()
      if (command !== undefined) return command
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  write(text: string | Uint8Array): void {
    this.#socket.write(text)
  }

  /** Ends the connection after what was written. */
  end(): void {
    this.#socket.end()
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(): void {
    for (;;) {
      const [whole, line = '', setSize, metaSize] =
        /^((?:set \S+ \d+ \d+ (\d+)|ms \S+ (\d+)|[^\r]+).*?)\r\n/.exec(this.#received) ?? []
      if (whole === undefined) return
      const size = setSize ?? metaSize
      const end = size === undefined ? whole.length : whole.length + Number(size) + 2
      if (this.#received.length < end) return
      const value = size === undefined ? '' : ` ${this.#received.slice(whole.length, end - 2)}`
      this.#received = this.#received.slice(end)
      this.#take(line + value)
    }
  }

  #take(command: string): void {
    const answer = this.#answer(command)
    if (answer !== undefined) {
      this.write(answer)
      return
    }
    this.#commands.push(command)
    for (const look of this.#waiting.splice(0)) look()
  }
}
