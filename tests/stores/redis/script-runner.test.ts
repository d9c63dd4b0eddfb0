/** Scripts by hash: unknown scripts, other server processes, and calls at the same time, with a client that is a function. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import type { RedisConnection } from '../../../src/stores/redis/clients/redis-connection.ts'
import { ScriptRunner } from '../../../src/stores/redis/script-runner.ts'

const script = { body: 'return {}' }

/** A server that knows scripts by their hash, and whose process id is `run`. */
class Server implements RedisConnection {
  readonly isCluster = false
  readonly isOrdered = true
  run = 'run1'
  readonly scripts = new Map<string, string>()
  readonly commands: string[] = []
  #ready = () => {}

  onReady(listener: () => void): void {
    this.#ready = listener
  }

  /** Becomes another process. */
  restart(run: string, { keepsScripts = false } = {}): void {
    this.run = run
    if (!keepsScripts) this.scripts.clear()
  }

  reconnect(): void {
    this.#ready()
  }

  async command([name = '', textOrHash = '', count = '', ...rest]: readonly string[]): Promise<unknown> {
    const confirm = rest[Number(count)]
    this.commands.push(confirm ? `${name} ${confirm}` : name)
    const text = name === 'EVAL' ? textOrHash : this.scripts.get(textOrHash)
    if (text === undefined) throw new Error('NOSCRIPT No matching script. Please use EVAL.')
    this.scripts.set(createHash('sha1').update(text).digest('hex'), text)
    if (confirm === undefined) return [this.run]
    const [, known] = /RUN = '(\w*)'/.exec(text) ?? []
    return confirm && known !== this.run ? ['run', this.run] : ['done', known]
  }
}

describe('ScriptRunner', () => {
  it('a script is sent by its text once, and then by its hash', async () => {
    const server = new Server()
    const runner = new ScriptRunner(server)
    assert.deepEqual(await runner.run(script, [], []), ['done', 'run1'])
    assert.deepEqual(await runner.run(script, [], []), ['done', 'run1'])
    assert.deepEqual(server.commands, ['EVAL', 'EVALSHA', 'EVAL confirm', 'EVALSHA'])
  })

  it('a script follows the server to another process', async () => {
    const server = new Server()
    const runner = new ScriptRunner(server)
    await runner.run(script, [], [])
    server.restart('run2')
    assert.deepEqual(await runner.run(script, [], []), ['done', 'run2'])
  })

  it('a script that a server kept over its restart is confirmed after the connection', async () => {
    const server = new Server()
    const runner = new ScriptRunner(server)
    await runner.run(script, [], [])
    server.restart('run2', { keepsScripts: true })
    server.reconnect()
    assert.deepEqual(await runner.run(script, [], []), ['done', 'run2'])
    const before = server.commands.length
    await runner.run(script, [], [])
    assert.deepEqual(server.commands.slice(before), ['EVALSHA'])
  })

  it('a script run by many calls at once reads the id of the process once', async () => {
    const server = new Server()
    const runner = new ScriptRunner(server)
    await Promise.all(Array.from({ length: 10 }, () => runner.run(script, [], [])))
    assert.equal(server.commands.filter((command) => command === 'EVAL').length, 1)
  })

  it('a script that fails to learn the id of the process tries again with the next call', async () => {
    const server = new Server()
    const { command } = server
    let isDown = true
    server.command = (args) => (isDown ? Promise.reject(new Error('down')) : command.call(server, args))
    const runner = new ScriptRunner(server)
    await assert.rejects(runner.run(script, [], []), /down/)
    isDown = false
    assert.deepEqual(await runner.run(script, [], []), ['done', 'run1'])
  })

  it('a script on a server that is another process each time fails in the end', async () => {
    const server = new Server()
    const { command } = server
    let count = 0
    server.command = (args) => {
      server.restart(`run${count++}`)
      return command.call(server, args)
    }
    await assert.rejects(new ScriptRunner(server).run(script, [], []), /changed its process/)
  })

  it('a script whose write was refused rejects with the reply of the server', async () => {
    const server = new Server()
    server.command = async () => ['failed', 'OOM command not allowed']
    await assert.rejects(new ScriptRunner(server).run({ ...script, prelude: '' }, [], []), /OOM command/)
  })

  it('a script with a reply that is no list rejects', async () => {
    const server = new Server()
    server.command = async () => 'OK'
    await assert.rejects(new ScriptRunner(server).run({ ...script, prelude: '' }, [], []), TypeError)
  })
})
