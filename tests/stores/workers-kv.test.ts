import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { KVNamespace } from '@cloudflare/workers-types'
import { type KvNamespace, workersKvStore } from '../../src/stores/workers-kv.ts'
import { getPlatformProxy } from '../support/platform-proxy.ts'
import { fill } from './contract/namespaces.ts'
import { describeFailingClient, describeRemoteStore, type OpenedStore } from './contract.ts'

// The KV of workerd is consistent, so the tests hold although the store declares otherwise.
describeRemoteStore(
  'KV in workerd',
  openKv,
  { shortLifetime: 'the shortest lifetime of KV is a minute', modelSteps: 8 },
  { leases: false, consistent: false },
)
describeFailingClient('KV', (fail) => workersKvStore({ namespace: { get: fail, put: fail, delete: fail } }))

type Puts = Parameters<KvNamespace['put']>[]

describe('workersKvStore', () => {
  it('a KV store has the name workers-kv', () => {
    assert.equal(workersKvStore({ namespace: recorder([]) }).name, 'workers-kv')
  })

  it('a KV store sets whole seconds, at least 60', async () => {
    const puts: Puts = []
    const process = workersKvStore({ namespace: recorder(puts) }).open({ namespace: 'n', leaseMs: 1000 })
    for (const ttlMs of [1, 1000, 60_000, 60_001, 86_400_000]) {
      await process.invalidate({ keys: ['k'] })
      await fill(process, 'k', Uint8Array.of(), { ttlMs })
    }
    const values = puts.filter(([key]) => key.startsWith('hitrate:v:'))
    assert.deepEqual(
      values.map(([, , options]) => options.expirationTtl),
      [60, 60, 60, 61, 86_400],
    )
  })

  it('a KV store replaces what it invalidates, because KV returns a deleted key as missing for a while', async () => {
    const puts: Puts = []
    const process = workersKvStore({ namespace: recorder(puts) }).open({ namespace: 'n', leaseMs: 1000 })
    await process.invalidate({ keys: ['k'], tags: ['t'] })
    await process.clear()
    assert.deepEqual(
      puts.map(([key]) => key),
      ['hitrate:k:1:n:k', 'hitrate:t:1:n:t', 'hitrate:n:1:n:'],
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

/** A namespace that keeps everything, and records the arguments of every put. */
function recorder(puts: Puts): KvNamespace {
  const values = new Map<string, Uint8Array>()
  return {
    async get(key) {
      return values.get(key)?.slice().buffer ?? null
    },
    async put(key, value, options) {
      puts.push([key, value, options])
      values.set(key, value)
    },
    async delete(key) {
      values.delete(key)
    },
  }
}
