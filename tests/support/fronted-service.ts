/** The service in this process, behind each of the servers that send hits themselves. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { createCache } from '../../src/cache/create-cache.ts'
import type { Outcome } from '../../src/cache/events.ts'
import { serveHitsBefore } from '../../src/http/front/front-listener.ts'
import { createHitResponder } from '../../src/http/socket/hit-responder.ts'
import { createMissServer } from '../../src/http/socket/miss-server.ts'
import { createSocketServer, type SocketServer } from '../../src/http/socket/socket-server.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { createApp, createFront, type FrontedApp } from '../../src/service/app.ts'
import { DEFAULT_TARGETED_CONTROL } from '../../src/service/default-targeted-control.ts'
import type { Parts } from '../../src/service/parts.ts'
import { inMemoryRepository } from '../../src/service/users/in-memory.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

export interface FrontedService {
  /** Sends a request over the network; on `fetch` without one. */
  send(path: string, init?: RequestInit): Promise<Response>
  /** The outcome of every read so far. */
  outcomes: Outcome[]
  /** Number of hits that the front has served. */
  frontHits(): number
}

/** Starts the service with these parts, and stops it after the test. */
export type StartFronted = (t: TestContext, parts?: Partial<Parts>) => Promise<FrontedService>

/** A server, or the bare `fetch` that Workers call. */
type Listen = (app: FrontedApp) => Promise<{ url: string; close(): void }>

const listeners: Record<string, Listen> = {
  'Bun.serve': async ({ fetch }) => {
    const server = Bun.serve({ fetch: (request) => fetch(request), hostname: '127.0.0.1', port: 0 })
    return { url: `http://127.0.0.1:${server.port}`, close: () => void server.stop(true) }
  },
  'node:http': ({ fetch, hits }) => listen(createServer(serveHitsBefore(listenerOf(fetch), hits))),
  'the socket': ({ fetch, hits }) =>
    listen(
      createSocketServer({
        httpServer: createServer(serveHitsBefore(listenerOf(fetch), hits)),
        respond: createHitResponder(hits),
      }),
    ),
  'the socket with misses': ({ fetch, hits }) =>
    listen(
      createSocketServer({
        httpServer: createServer(listenerOf(fetch)),
        respond: createHitResponder(hits),
        serveMiss: createMissServer((request) => fetch(request)),
      }),
    ),
}

/** How to start the service on `fetch` and on each server of this runtime, by name. */
export const frontedServices: [name: string, start: StartFronted][] = [
  ['fetch', (t, parts) => start(t, undefined, parts)],
  ...Object.entries(listeners)
    .filter(([name]) => name !== 'Bun.serve' || 'Bun' in globalThis)
    .map(([name, listen]): [string, StartFronted] => [name, (t, parts) => start(t, listen, parts)]),
]

async function start(
  t: TestContext,
  listen: Listen | undefined,
  parts: Partial<Parts> = {},
): Promise<FrontedService> {
  const outcomes: Outcome[] = []
  let frontHits = 0
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'test' })
  const cache = createCache({
    memory: memoryStore(),
    onEvent: (event) => event.type === 'read' && outcomes.push(event.outcome),
  })
  const all: Parts = {
    repository: inMemoryRepository(),
    cache,
    registry,
    instruments: { ...instruments, onRequest: () => frontHits++ },
    tiers: {},
    version: '1.2.3',
    runtime: 'test',
    uptimeSeconds: () => 42,
    targetedControl: DEFAULT_TARGETED_CONTROL,
    openWrites: true,
    ...parts,
  }
  const app = createFront(createApp(all), all)
  const service = { outcomes, frontHits: () => frontHits }
  if (listen === undefined) {
    return { ...service, send: async (path, init) => app.fetch(new Request(`http://localhost${path}`, init)) }
  }
  const { url, close } = await listen(app)
  t.after(close)
  return { ...service, send: (path, init) => fetch(`${url}${path}`, init) }
}

/** The adapter's `Response` would break `Bun.serve`. */
function listenerOf(fetch: FrontedApp['fetch']) {
  return getRequestListener(fetch, { overrideGlobalObjects: false })
}

async function listen(server: Server | SocketServer): ReturnType<Listen> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // not a string, because this is no pipe
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
