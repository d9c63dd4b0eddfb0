import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { KVNamespace } from '@cloudflare/workers-types'
import { type KvNamespace, workersKvStore } from '../../src/stores/workers-kv.ts'
import { getPlatformProxy } from '../support/platform-proxy.ts'
import { describeFailingClient, describeRemoteStore, type OpenedStore } from './contract.ts'

describeRemoteStore('KV in workerd', openKv, { shortLifetime: 'the shortest lifetime of KV is a minute' })
describeFailingClient('KV', (fail) => workersKvStore({ namespace: { get: fail, put: fail, delete: fail } }))

type Puts = Parameters<KvNamespace['put']>[]

describe('workersKvStore', () => {
  it('a KV store has the name workers-kv', () => {
    assert.equal(workersKvStore({ namespace: recorder([]) }).name, 'workers-kv')
  })

  it('a KV store sets whole seconds, at least 60', async () => {
    const puts: Puts = []
    const store = workersKvStore({ namespace: recorder(puts) })
    for (const ttlMs of [-5, 0, 0.2, 1000, 60_000, 60_000.1, 86_400_000]) {
      await store.set('k', Uint8Array.of(), ttlMs)
    }
    assert.deepEqual(
      puts.map(([, , options]) => options),
      [60, 60, 60, 60, 60, 61, 86_400].map((expirationTtl) => ({ expirationTtl })),
    )
  })
})

/** A KV namespace of its own inside workerd, offline and in memory. */
async function openKv(): Promise<OpenedStore> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
  process.env.WRANGLER_SEND_METRICS = 'false'
  const folder = mkdtempSync(join(tmpdir(), 'hitrate-kv-'))
  const configPath = join(folder, 'wrangler.json')
  writeFileSync(
    configPath,
    JSON.stringify({ name: 'test', kv_namespaces: [{ binding: 'CACHE', id: 'cache' }] }),
  )
  const { env, dispose } = await getPlatformProxy<{ CACHE: KVNamespace }>({ configPath, persist: false })
  let disposed: Promise<void> | undefined
  const end = () => {
    disposed ??= dispose()
    return disposed
  }
  return {
    store: workersKvStore({ namespace: env.CACHE }),
    loseServer: end,
    async close() {
      await end()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A namespace that records the arguments of every put. */
function recorder(puts: Puts): KvNamespace {
  return {
    get: async () => null,
    put: async (...args) => {
      puts.push(args)
    },
    delete: async () => {},
  }
}
