/** Servers of which some fail. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Server } from '../../../src/stores/memcached/session.ts'
import { storeOnServers } from '../../../src/stores/memcached/store-on-servers.ts'
import { StoreError } from '../../../src/stores/store.ts'
import { connectionTo, FakeMemcached } from '../../support/fake-memcached.ts'

const now = async () => {}

/** A store whose names begin with the number of their server. */
function setUp() {
  const isDown = [false, false]
  const servers = isDown.map((_, i): Server => {
    const up = connectionTo(new FakeMemcached(), now)
    const fail = () => Promise.reject(new Error(`server ${i} is down`))
    return {
      name: `server ${i}`,
      maxItemBytes: up.maxItemBytes,
      run: (...args) => (isDown[i] ? fail() : up.run(...args)),
      ping: () => (isDown[i] ? fail() : up.ping()),
    }
  })
  const serverOf = (key: string) => servers[key.includes(':m0') ? 0 : 1] ?? assert.fail('no server')
  const changes: string[] = []
  const onServer = (name: string, error: unknown) => {
    changes.push(error instanceof Error ? error.message : `${name} answers again`)
  }
  const store = storeOnServers({ servers, serverOf, close: now }, { onServer })
  const namespace = store.open({ namespace: 'n', leaseMs: 1000 })
  const read = async (...names: string[]) => {
    const answers = await namespace.read(names.map((name) => ({ name, version: '1', lease: true })))
    return answers.map(({ kind }) => kind)
  }
  return { isDown, store, read, changes }
}

describe('servers of Memcached of which some fail', () => {
  it('a read of a failed server is answered as failed while another server works', async () => {
    const { isDown, read } = setUp()
    isDown[0] = true
    for (let time = 0; time < 3; time++) assert.deepEqual(await read('0'), ['failed'])
    assert.deepEqual(await read('1', '0'), ['lease', 'failed'])
  })

  it('a read rejects when every server has failed, and is answered again when one is back', async () => {
    const { isDown, read } = setUp()
    isDown.fill(true)
    assert.deepEqual(await read('0'), ['failed'])
    await assert.rejects(read('1'), StoreError)
    await assert.rejects(read('0'), StoreError)
    isDown[1] = false
    assert.deepEqual(await read('1'), ['lease'])
    assert.deepEqual(await read('0'), ['failed'])
  })

  it('a ping finds the failed servers, and those that are back', async () => {
    const { isDown, read, store } = setUp()
    isDown.fill(true)
    await assert.rejects(store.ping(), StoreError)
    await assert.rejects(read('0'), StoreError)
    isDown[1] = false
    await store.ping()
    assert.deepEqual(await read('0'), ['failed'])
  })

  it('a listener gets each error of a server, and its first answer after that', async () => {
    const { isDown, read, store, changes } = setUp()
    await read('0', '1')
    assert.deepEqual(changes, [])
    isDown[0] = true
    for (let time = 0; time < 2; time++) await read('0', '1')
    await store.ping()
    assert.deepEqual(changes, Array(3).fill('server 0 is down'))
    isDown[0] = false
    for (let time = 0; time < 2; time++) await read('0', '1')
    assert.deepEqual(changes.slice(3), ['server 0 answers again'])
  })
})
