/**
 * Conditional writes of two processes with one database, one of them with two threads: no update is lost, and of several creates
 * one succeeds. HITRATE_WRITES_MS is the time for which the writers race, in ms.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { type RunningService, startService } from '../running-service.ts'
import { send, together } from './threaded-service.ts'

const RACE_MS = Number(process.env.HITRATE_WRITES_MS ?? 1000)
const WRITERS = 6
const PATH = '/api/user/user_001'

describe('conditional writes of several threads and processes', { timeout: RACE_MS + 60_000 }, () => {
  let folder: string
  let database: string
  let services: RunningService[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-writes-'))
    database = join(folder, 'users.sqlite')
    const env = { DATABASE_URL: `sqlite:${database}` }
    services = await Promise.all([startService('bun', { ...env, THREADS: '2' }), startService('node', env)])
  })
  after(async () => {
    await Promise.all(services.map((service) => service.end()))
    await rm(folder, { recursive: true, force: true })
  })

  const serviceOf = (writer: number) => services[writer % services.length] ?? assert.fail()

  function put(writer: number, count: number, etag: string): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'if-match': etag }
    const body = JSON.stringify({ name: String(count), email: `writer${writer}@example.com` })
    return send(serviceOf(writer), PATH, { method: 'PUT', headers, body })
  }

  async function read(writer: number): Promise<{ count: number; etag: string }> {
    const response = await send(serviceOf(writer), PATH)
    const { name } = (await response.json()) as { name: string }
    return { count: Number(name), etag: response.headers.get('etag') ?? '' }
  }

  it('that increment one counter lose no update', async () => {
    assert.equal((await put(0, 0, '*')).status, 200)
    const statuses = new Map<number, number>()
    const end = performance.now() + RACE_MS

    async function race(writer: number): Promise<void> {
      let user = await read(writer)
      while (performance.now() < end) {
        const response = await put(writer, user.count + 1, user.etag)
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        // Every other writer goes on with the ETag of its own write.
        const goesOn = response.status === 200 && writer % 4 < 2
        user = goesOn
          ? { count: user.count + 1, etag: response.headers.get('etag') ?? '' }
          : await read(writer)
      }
    }
    await together(WRITERS, race)

    const db = new DatabaseSync(database)
    const row = db.prepare("SELECT name FROM users WHERE id = 'user_001'").get()
    db.close()
    const seen = JSON.stringify([...statuses])
    assert.equal(row?.name, String(statuses.get(200)), seen)
    assert.ok((statuses.get(200) ?? 0) > 0 && (statuses.get(412) ?? 0) > 0, seen)
    for (const status of statuses.keys()) assert.ok([200, 412, 503].includes(status), seen)
    if (process.env.HITRATE_WRITES_MS !== undefined) process.stdout.write(`Statuses of the PUTs: ${seen}\n`)
  })

  it('that create one user with If-None-Match: * succeed once', async () => {
    for (let round = 0; round < 5; round++) {
      const body = JSON.stringify({ id: `eve_${round}`, name: 'Eve', email: 'eve@example.com' })
      const headers = { 'content-type': 'application/json', 'if-none-match': '*' }
      const answers = await together(WRITERS, async (writer) => {
        const response = await send(serviceOf(writer), '/api/user', { method: 'POST', headers, body })
        await response.text()
        return response.status
      })
      assert.deepEqual(answers.toSorted(), [201, ...Array(WRITERS - 1).fill(412)])
    }
  })
})
