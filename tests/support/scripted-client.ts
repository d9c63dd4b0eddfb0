/** A client in virtual time, of a server that is a script. */
import assert from 'node:assert/strict'
import { parseServers } from '../../src/stores/memcached/client/addressing/server-address.ts'
import { MemcachedServer, type RunOptions } from '../../src/stores/memcached/client/memcached-server.ts'
import { NoAnswerError } from '../../src/stores/memcached/client/no-answer-error.ts'
import { get, textOf } from './memcached-commands.ts'
import { ScriptedMemcached, type ScriptedPeer } from './scripted-memcached.ts'
import { VirtualTimers } from './virtual-timers.ts'

export class ScriptedClient {
  readonly script: ScriptedMemcached
  readonly timers = new VirtualTimers()
  readonly server: MemcachedServer
  /** Of the server, for errors. */
  readonly name: string

  private constructor(script: ScriptedMemcached) {
    this.script = script
    this.name = `127.0.0.1:${script.port}`
    const [address] = parseServers(this.name)
    assert.ok(address)
    const limits = { connectTimeoutMs: 400, timeoutMs: 500, silenceMs: 1000 }
    this.server = new MemcachedServer({ address, ...limits, timers: this.timers })
  }

  static async open(): Promise<ScriptedClient> {
    return new ScriptedClient(await ScriptedMemcached.start())
  }

  async end(): Promise<void> {
    await this.script.end()
    await this.server.close()
  }

  /** Opens a connection. The script answers no further command by itself. */
  async connected(): Promise<ScriptedPeer> {
    await this.server.ping()
    this.script.isAnswering = false
    return this.script.accept()
  }

  /** Resolves when the client has seen that its connection is closed. */
  async disconnected(): Promise<void> {
    while ((await this.server.run([])).connection !== 0) await oneTurn()
  }

  /** Repeats a ping until the client takes the server for healthy. The script answers pings from now on. */
  async recovered(): Promise<void> {
    this.script.isAnswering = true
    for (;;) {
      try {
        return await this.server.ping()
      } catch {
        await oneTurn()
      }
    }
  }

  /** Runs one get; resolves as {@link textOf}. */
  async get(key: string, options: RunOptions = {}): Promise<string> {
    const { replies } = await this.server.run([get(key)], options)
    return textOf(replies[0])
  }

  /** A check of `assert.rejects`. @param message what follows the name of the server */
  noAnswer(message: string): (error: unknown) => boolean {
    return (error) => {
      assert.ok(error instanceof NoAnswerError)
      assert.equal(error.message, `${this.name} ${message}`)
      return true
    }
  }
}

function oneTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
