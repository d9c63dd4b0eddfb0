/** Requests the users with the numbers from `--from` up to `--to` once each, in order, on several connections. */
import { connect } from 'node:net'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    from: { type: 'string', default: '0' },
    to: { type: 'string', default: '0' },
  },
})
const CONNECTIONS = 32
const { port } = new URL(values.url)
const to = Number(values.to)
let next = Number(values.from)

await Promise.all(Array.from({ length: CONNECTIONS }, requestUntilEnd))

function requestUntilEnd(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', send)
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('error', reject)
    let received = ''

    function send(): void {
      if (next >= to) {
        socket.destroy()
        resolve()
        return
      }
      socket.write(
        `GET /api/user/user_${String(next++).padStart(7, '0')} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      )
    }

    socket.on('data', (chunk) => {
      received += chunk
      const head = received.indexOf('\r\n\r\n')
      if (head === -1) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1])
      if (!received.startsWith('HTTP/1.1 200')) return reject(new Error(received.slice(0, 200)))
      if (received.length < head + 4 + length) return
      received = ''
      send()
    })
  })
}
