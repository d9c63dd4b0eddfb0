/** Clients of Memcached: that of hitrate, and those of npm. Each opens one client with its defaults. */
import { createRequire } from 'node:module'
import Memcache from 'memcache'
import { MemcacheClient } from 'memcache-client'
import { MemcachedServers } from '../../src/stores/memcached/client/memcached-servers.ts'

export interface OpenedClient {
  /** Resolves to the value as the client returns it: text or bytes. */
  get(key: string): Promise<unknown>
  set(key: string, value: string): Promise<unknown>
}

const require = createRequire(import.meta.url)

/** The port is that of a server on this machine. */
export const clients = {
  hitrate(port: number): OpenedClient {
    const servers = new MemcachedServers({ servers: [`127.0.0.1:${port}`] })
    const encoder = new TextEncoder()
    return {
      async get(key) {
        const { replies } = await servers.serverOf(key).run([{ verb: 'mg', key, flags: 'v c t' }])
        const [reply] = replies
        return reply?.code === 'VA' ? reply.value : undefined
      },
      set: (key, value) =>
        servers.serverOf(key).run([{ verb: 'ms', key, flags: '', value: encoder.encode(value) }]),
    }
  },

  memcache(port: number): OpenedClient {
    const client = new Memcache({ nodes: [`127.0.0.1:${port}`] })
    return { get: (key) => client.get(key), set: (key, value) => client.set(key, value) }
  },

  'memcache-client'(port: number): OpenedClient {
    const client = new MemcacheClient({ server: `127.0.0.1:${port}` })
    return {
      get: async (key) => (await client.get<string>(key))?.value,
      set: (key, value) => client.set(key, value),
    }
  },

  'memcache-plus'(port: number): OpenedClient {
    const MemcachePlus: new (server: string) => OpenedClient = require('memcache-plus')
    const client = new MemcachePlus(`127.0.0.1:${port}`)
    return { get: (key) => client.get(key), set: (key, value) => client.set(key, value) }
  },

  memcached(port: number): OpenedClient {
    const Memcached: new (server: string) => CallbackClient = require('memcached')
    const client = new Memcached(`127.0.0.1:${port}`)
    return {
      get: (key) => new Promise((resolve, reject) => client.get(key, settle(resolve, reject))),
      set: (key, value) =>
        new Promise((resolve, reject) => client.set(key, value, 0, settle(resolve, reject))),
    }
  },

  memjs(port: number): OpenedClient {
    const { Client }: { Client: { create(server: string): MemjsClient } } = require('memjs')
    const client = Client.create(`127.0.0.1:${port}`)
    return {
      get: async (key) => (await client.get(key)).value,
      set: (key, value) => client.set(key, value, {}),
    }
  },
}

export type ClientName = keyof typeof clients

type Callback = (error: unknown, value: unknown) => void

interface CallbackClient {
  get(key: string, callback: Callback): void
  set(key: string, value: string, lifetime: number, callback: Callback): void
}

interface MemjsClient {
  get(key: string): Promise<{ value: Uint8Array | null }>
  set(key: string, value: string, options: object): Promise<boolean>
}

function settle(resolve: (value: unknown) => void, reject: (error: unknown) => void): Callback {
  return (error, value) => (error === undefined || error === null ? resolve(value) : reject(error))
}

/** Names of the clients in an argument of the program, separated by commas. @throws {TypeError} naming the known clients. */
export function clientsNamed(argument = ''): ClientName[] {
  const names = argument === '' ? Object.keys(clients) : argument.split(',')
  return names.map((name) => {
    if (Object.hasOwn(clients, name)) return name as ClientName
    throw new TypeError(`the clients are ${Object.keys(clients).join(', ')}, got ${name}`)
  })
}
