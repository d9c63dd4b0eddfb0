/** Records answers of the app to requests in a fixed order: the examples of the document. */
import type { Hono } from 'hono'
import { createCache } from '../../src/cache/create-cache.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { createApp } from '../../src/service/app.ts'
import { DEFAULT_TARGETED_CONTROL } from '../../src/service/default-targeted-control.ts'
import { inMemoryRepository } from '../../src/service/users/in-memory.ts'
import { RepositoryError, type UserRepository } from '../../src/service/users/repository.ts'
import { demoUsers } from '../../src/service/users/user.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { version } from '../../src/version.ts'
import { requests, type SentRequest } from './example-requests.ts'

/** A request and its answer. */
export interface Exchange extends SentRequest {
  status: number
  answerHeaders: readonly (readonly [name: string, value: string])[]
  /** Media type without parameters; empty without a body. */
  answerType: string
  answer: string
}

const API_TOKEN = 'the-api-token-of-the-examples'
const ADMIN_TOKEN = 'the-admin-token-of-the-examples'
/** A fixed time, so that the examples are the same each time. */
const NOW = Date.UTC(2026, 10, 22, 12)

/** Sent with each request, because the service would otherwise make a new id each time. */
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
/** The span in the answer's `traceparent`, which the service makes. */
const SPAN = /(?<=^00-[0-9a-f]{32}-)[0-9a-f]{16}(?=-01$)/

/** Variables in the requests, as a shell replaces them. */
const variables: Record<string, string> = { $API_TOKEN: API_TOKEN, $ADMIN_TOKEN: ADMIN_TOKEN }

export async function recordAnswers(): Promise<Exchange[]> {
  const behaviour = { fails: undefined as Error | undefined }
  const app = exampleApp(behaviour)
  const exchanges: Exchange[] = []
  let etag = ''
  for (const sent of requests) {
    behaviour.fails = sent.fails === 'database' ? new RepositoryError('away') : undefined
    const withValues = (text: string) =>
      text.replaceAll(/\$[A-Z_]+/g, (name) => (name === '$ETAG' ? etag : (variables[name] ?? name)))
    const headers = Object.fromEntries(
      Object.entries(sent.headers ?? {}).map(([name, value]) => [name, withValues(value)]),
    )
    const init = {
      method: sent.method,
      headers: { ...headers, traceparent: TRACEPARENT },
      ...(sent.body === undefined ? {} : { body: sent.body }),
    }
    const response = await app.request(`http://127.0.0.1:3000${sent.path}`, init)
    etag = response.headers.get('etag') ?? etag
    exchanges.push({
      ...sent,
      headers: Object.fromEntries(
        Object.entries(sent.headers ?? {}).map(([name, value]) => [name, value.replace('$ETAG', etag)]),
      ),
      status: response.status,
      answerHeaders: [...response.headers].map(([name, value]) => [
        name,
        value.replace(SPAN, '00f067aa0ba902b7'),
      ]),
      answerType: response.headers.get('content-type')?.split(';')[0] ?? '',
      answer: await response.text(),
    })
  }
  return exchanges
}

/** The app with three users and all tokens but that of the metrics. */
export function exampleApp(behaviour: { fails: Error | undefined } = { fails: undefined }): Hono {
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version, runtime: 'bun 1.4.5' })
  const cache = createCache({ memory: memoryStore(), now: () => NOW, timer: () => 0 })
  return createApp({
    repository: failing(inMemoryRepository(demoUsers, { now: () => NOW }), behaviour),
    cache,
    registry,
    instruments,
    tiers: { memory: async () => {} },
    version,
    runtime: 'bun 1.4.5',
    uptimeSeconds: () => 42,
    targetedControl: DEFAULT_TARGETED_CONTROL,
    apiToken: API_TOKEN,
    adminToken: ADMIN_TOKEN,
  })
}

/** The repository, whose methods reject while `behaviour.fails` has an error. */
function failing(repository: UserRepository, behaviour: { fails: Error | undefined }): UserRepository {
  return new Proxy(repository, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        if (behaviour.fails !== undefined) throw behaviour.fails
        return method.apply(target, args)
      }
    },
  })
}
