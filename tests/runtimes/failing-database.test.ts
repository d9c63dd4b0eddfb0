/** A service whose database fails: its readiness, its log, and its recovery. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type ProcessRuntime, type RunningService, startService } from './running-service.ts'

const READY = { status: 'ready', repository: 'up', tiers: { memory: 'up' } }
const unready = (reason: string) => ({
  status: 'unready',
  repository: 'down',
  reason,
  tiers: { memory: 'up' },
})

/** Mounts a small disk. Returns false without the rights for that. */
function mountDisk(folder: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', folder]).status === 0
}

// At once, because each fault is mostly a wait.
describe('a failing database', { concurrency: true }, () => {
  for (const runtime of ['bun', 'node'] satisfies ProcessRuntime[]) {
    describe(`the service on ${runtime} with a failing database`, { concurrency: 1 }, () => {
      const folder = mkdtempSync(join(tmpdir(), 'hitrate-failing-'))
      const file = join(folder, 'users.sqlite')
      const isDisk = mountDisk(folder)
      const unmount = () => isDisk && spawnSync('umount', ['--lazy', folder])
      let service: RunningService
      let requests = 0

      process.once('exit', unmount) // also after an interrupted run
      before(async () => {
        service = await startService(runtime, { DATABASE_URL: `sqlite:${file}` })
      })
      after(async () => {
        await service.end()
        process.off('exit', unmount)
        unmount()
        rmSync(folder, { recursive: true, force: true })
      })

      /** Probes until the answer is this one. A probe may have the result of a second ago. */
      async function answers(expected: typeof READY): Promise<void> {
        for (let attemptsLeft = 100; ; attemptsLeft--) {
          const response = await fetch(`${service.url}/health/ready`)
          const body = await response.json()
          if (JSON.stringify(body) === JSON.stringify(expected)) {
            assert.equal(response.status, expected.status === 'ready' ? 200 : 503)
            return
          }
          assert.ok(attemptsLeft > 0, `${JSON.stringify(body)} instead of ${JSON.stringify(expected)}`)
          await pause(50)
        }
      }

      async function write(): Promise<number> {
        const body = JSON.stringify({ name: `Name ${requests++}`, email: 'name@example.com' })
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(`${service.url}/api/user/user_001`, { method: 'PUT', headers, body })
        await response.text()
        return response.status
      }

      const read = async (id: string) => (await fetch(`${service.url}/api/user/${id}`)).status

      it('is ready with a file that works', () => answers(READY))

      it('is not ready while the disk is full, and recovers', {
        skip: isDisk ? false : 'a small disk cannot be mounted here',
      }, async () => {
        const fill = join(folder, 'fill')
        const descriptor = openSync(fill, 'w')
        assert.throws(() => {
          for (;;) writeSync(descriptor, Buffer.alloc(512))
        }, /ENOSPC/)
        closeSync(descriptor)
        await answers(unready('disk full'))
        assert.deepEqual([await write(), await read('user_002')], [503, 200])
        rmSync(fill)
        await answers(READY)
        assert.equal(await write(), 200)
      })

      it('is not ready while another process keeps the write lock, and recovers', async () => {
        const other = new DatabaseSync(file)
        other.exec('BEGIN IMMEDIATE')
        await answers(unready('locked'))
        assert.equal(await read('user_003'), 200)
        other.exec('ROLLBACK')
        other.close()
        await answers(READY)
        assert.equal(await write(), 200)
      })

      it('is not ready while the file is damaged, and recovers', async () => {
        const other = new DatabaseSync(file)
        other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
        other.close()
        const saved = readFileSync(file)
        overwrite(Buffer.alloc(8192, 'noise'))
        await answers(unready('damaged'))
        const statuses = new Set<number>()
        for (let i = 0; i < 300; i++) statuses.add(await read(`unknown_${i}`))
        assert.deepEqual([...statuses], [503])
        overwrite(saved)
        await answers(READY)
        assert.equal(await read('user_002'), 200)
      })

      function overwrite(content: Buffer): void {
        const descriptor = openSync(file, 'r+')
        writeSync(descriptor, content)
        closeSync(descriptor)
      }

      it('has a log of a few lines, in which every failure is counted', async () => {
        const { code, output } = await service.end()
        assert.equal(code, 0)
        assert.ok(output.length < 20_000, `${output.length} bytes of log`)
        const lines = output.split('\n').filter((line) => line.startsWith('{'))
        const failed = lines
          .map((line) => JSON.parse(line))
          .filter(
            ({ message, properties }) =>
              message === 'A handler failed' && properties.path.includes('/unknown_'),
          )
        assert.equal(failed[0]?.properties.repeats, undefined)
        const count = failed.reduce((sum, { properties }) => sum + (properties.repeats ?? 1), 0)
        assert.equal(count, 300)
        const checks = lines
          .map((line) => JSON.parse(line).message)
          .filter((message) => message.startsWith('A health check'))
        assert.ok(
          checks.includes('A health check failed') && checks.includes('A health check succeeds again'),
        )
      })
    })
  }
})
