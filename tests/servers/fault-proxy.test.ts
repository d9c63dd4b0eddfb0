/** The fault proxy in front of a server that repeats what it receives. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { FaultProxy } from './fault-proxy.ts'

describe('the fault proxy', { timeout: 20_000 }, () => {
  const requests: string[] = []
  let echo: Server
  let proxy: FaultProxy
  const sockets: Socket[] = []

  before(async () => {
    echo = createServer((socket) => {
      socket.on('error', () => {}) // a fault of the proxy
      socket.on('data', (bytes) => {
        requests.push(bytes.toString())
        socket.write(bytes)
      })
    })
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
    const address = echo.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    proxy = await FaultProxy.start(address.port)
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await proxy.set({ kind: 'pass' })
    requests.length = 0
  })
  after(async () => {
    await proxy.end()
    echo.close()
  })

  /** Connects through the proxy. `read` resolves to all that arrived once it is as long as `length`, or the end came. */
  async function open() {
    const socket = connect(proxy.port, '127.0.0.1')
    sockets.push(socket)
    let received = ''
    let onChange = () => {}
    let isEnded = false
    socket.on('error', () => {}) // 'close' follows
    socket.on('data', (bytes) => {
      received += bytes
      onChange()
    })
    socket.on('close', () => {
      isEnded = true
      onChange()
    })
    await once(socket, 'connect')
    return {
      socket,
      get isEnded() {
        return isEnded
      },
      async read(length: number): Promise<string> {
        while (received.length < length && !isEnded) {
          await new Promise<void>((resolve) => {
            onChange = resolve
          })
        }
        return received
      },
    }
  }

  /** Sends a text and waits for its echo, so that the link exists. */
  async function opened() {
    const one = await open()
    one.socket.write('hello')
    assert.equal(await one.read(5), 'hello')
    return one
  }

  it('a proxy without a fault passes requests and answers', async () => {
    const one = await opened()
    assert.equal(one.isEnded, false)
    assert.equal(proxy.connections, 1)
  })

  it('a delay holds answers back, and keeps their order when it ends', async () => {
    const one = await opened()
    await proxy.set({ kind: 'delay', ms: 50 })
    one.socket.write('1')
    while (!requests.includes('1')) await new Promise((resolve) => setImmediate(resolve))
    await proxy.set({ kind: 'pass' })
    one.socket.write('2')
    assert.equal(await one.read(7), 'hello12')
  })

  it('a frozen proxy accepts connections and passes nothing until it thaws', async () => {
    const one = await opened()
    await proxy.set({ kind: 'freeze' })
    one.socket.write('late')
    const two = await open()
    two.socket.write('later')
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(requests, ['hello'])
    await proxy.set({ kind: 'pass' })
    assert.equal(await one.read(9), 'hellolate')
    assert.equal(await two.read(5), 'later')
  })

  it('a mute proxy passes requests, and their answers when it ends', async () => {
    const one = await opened()
    await proxy.set({ kind: 'mute' })
    one.socket.write('done')
    while (!requests.includes('done')) await new Promise((resolve) => setImmediate(resolve))
    await proxy.set({ kind: 'pass' })
    assert.equal(await one.read(9), 'hellodone')
  })

  it('a cut closes present and new connections', async () => {
    const one = await opened()
    await proxy.set({ kind: 'cut' })
    assert.equal(await one.read(99), 'hello')
    const two = await open()
    assert.equal(await two.read(99), '')
    assert.deepEqual([one.isEnded, two.isEnded], [true, true])
  })

  it('a cut of the present connections leaves new ones alone', async () => {
    const one = await opened()
    proxy.cutOnce()
    assert.equal(await one.read(99), 'hello')
    await opened()
  })

  it('a cut within an answer passes its first bytes', async () => {
    const one = await opened()
    await proxy.set({ kind: 'cut-answers', bytes: 3 })
    one.socket.write('answer')
    assert.equal(await one.read(99), 'helloans')
    assert.equal(one.isEnded, true)
  })

  it('garbage answers with HTML', async () => {
    const one = await opened()
    await proxy.set({ kind: 'garbage' })
    one.socket.write('PING')
    assert.match(await one.read(60), /^helloHTTP\/1.1 400 Bad Request/)
    assert.deepEqual(requests, ['hello'])
  })

  it('a proxy that refuses closes its connections and its port, and opens the port again', async () => {
    const one = await opened()
    await proxy.set({ kind: 'refuse' })
    assert.equal(await one.read(99), 'hello')
    await assert.rejects(open(), /ECONNREFUSED|Failed to connect|closed/)
    await proxy.set({ kind: 'pass' })
    await opened()
  })

  it('a slow connection passes its bytes later', async () => {
    await proxy.set({ kind: 'slow-connect', ms: 30 })
    const one = await open()
    one.socket.write('hello')
    assert.equal(await one.read(5), 'hello')
  })
})
