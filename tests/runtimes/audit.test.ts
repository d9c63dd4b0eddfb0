/** Audits of the running service: a database that is changed behind the cache shows in the metrics. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { type ProcessRuntime, startService } from './running-service.ts'
import { scrapeValues } from './scrape-values.ts'

for (const runtime of ['bun', 'node'] satisfies ProcessRuntime[]) {
  describe(`audits on ${runtime}`, () => {
    let folder: string
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hitrate-audit-'))
    })
    after(() => rm(folder, { recursive: true, force: true }))

    it('show the age of a user that was changed behind the cache', { timeout: 30_000 }, async () => {
      const file = join(folder, `${runtime}.sqlite`)
      const service = await startService(runtime, { DATABASE_URL: `sqlite:${file}`, CACHE_AUDIT: '1' })
      const read = async () => {
        const response = await fetch(`${service.url}/api/user/user_001`)
        return ((await response.json()) as { name: string }).name
      }
      /** Reads until the metrics show a result of an audit. */
      const audited = async (result: string) => {
        for (;;) {
          const name = await read()
          const values = await scrapeValues(service.url)
          const count = values.get(`cache_audit_total{cache="hitrate",result="${result}"}`) ?? 0
          if (count > 0) return { name, values }
        }
      }
      assert.equal(await read(), 'Alice Johnson')
      const before = await audited('same')
      assert.equal(before.values.get('cache_audit_total{cache="hitrate",result="different"}'), 0)

      const database = new DatabaseSync(file)
      database.exec("UPDATE users SET name = 'Alice Smith' WHERE id = 'user_001'")
      database.close()
      const { name, values } = await audited('different')
      assert.equal(name, 'Alice Johnson') // an audit stores nothing
      const age = 'cache_audit_different_age_seconds'
      assert.ok((values.get(`${age}_sum{cache="hitrate"}`) ?? 0) > 0)
      assert.equal(
        values.get(`${age}_bucket{cache="hitrate",le="60"}`),
        values.get(`${age}_count{cache="hitrate"}`),
      )
      assert.equal(values.get('cache_audit_total{cache="hitrate",result="failed"}'), 0)
      assert.equal(values.get('cache_loads_total{cache="hitrate",result="ok"}'), 1)
      await service.end()
    })
  })
}
