/** Clients over bare sockets that send as fast as they can while a service stops, and count the requests that it loses. */
import { connect, type Socket } from 'node:net'

/** The counts of all clients. */
export interface Outcome {
  answered: number
  /**
   * Requests that were written on a connection which the client saw established, and that got no complete answer: connections
   * count that the service had not accepted yet. A connection that is refused or reset before it is established carries no
   * request.
   */
  lost: string[]
}

export interface BusyClients {
  /** Resolves after `count` answers. */
  answers(count: number): Promise<void>
  /** Resolves when every client has found the port closed. */
  finished(): Promise<Outcome>
}

/**
 * Opens clients that keep their connections, send the next request after each answer, and connect anew at once when the
 * service closes. Each of them ends when its connection is refused.
 *
 * @param path the path of request number `n`.
 */
export function openBusyClients(port: number, clients: number, path: (n: number) => string): BusyClients {
  let sent = 0
  let answered = 0
  const lost: string[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const all = Array.from({ length: clients }, run)

  async function run(): Promise<void> {
    while (await useConnection());
  }

  /** Uses one connection to its end. Resolves with false if the port is closed. */
  function useConnection(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      let isEstablished = false
      let requests = 0
      let isPending = false
      let received = ''
      let failure = 'closed'

      function send(): void {
        isPending = true
        requests++
        socket.write(`GET ${path(sent++)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      }
      socket.on('connect', () => {
        isEstablished = true
        send()
      })
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
        if (!isComplete(received)) return
        isPending = false
        answered++
        if (!/^HTTP\/1\.1 (?:200|404) /.test(received)) lost.push(received.slice(0, 100))
        for (const { count, resolve } of waiting) if (answered >= count) resolve()
        const isLast = /^connection: close\r$/im.test(received)
        received = ''
        if (isLast) endQuietly(socket)
        else send()
      })
      socket.on('error', (error) => {
        failure = (error as NodeJS.ErrnoException).code ?? error.message
      })
      socket.on('close', () => {
        if (isPending) lost.push(`${failure} at request ${requests} of its connection`)
        resolve(isEstablished || failure !== 'ECONNREFUSED')
      })
    })
  }

  return {
    answers: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
    async finished() {
      await Promise.all(all)
      return { answered, lost }
    },
  }
}

function isComplete(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return false
  const body = text.slice(headEnd + 4)
  const length = /^content-length: (\d+)\r$/im.exec(text)?.[1]
  return length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length)
}

function endQuietly(socket: Socket): void {
  socket.end()
}
