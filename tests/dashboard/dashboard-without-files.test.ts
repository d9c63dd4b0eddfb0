import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { dashboardWithoutFiles } from '../../src/dashboard/dashboard-without-files.ts'
import { createRegistry } from '../../src/metrics/index.ts'

const registry = createRegistry()

describe('dashboardWithoutFiles()', () => {
  it('links files below the page and does not serve them', async () => {
    const app = new Hono().route('/status', dashboardWithoutFiles({ registry, history: false }))
    const html = await (await app.request('/status')).text()
    assert.match(html, /"\.\/status\/dashboard\.css"/)
    assert.match(html, /"\.\/status\/dashboard\.js"/)
    assert.equal((await app.request('/status/dashboard.js')).status, 404)
  })

  it('links other URLs on request', async () => {
    const urls = { css: '/assets/page.css', js: '/assets/page.js' }
    const html = await (await dashboardWithoutFiles({ registry, history: false }, urls).request('/')).text()
    assert.match(html, /"\/assets\/page\.css"/)
    assert.match(html, /"\/assets\/page\.js"/)
  })

  it('refuses wrong options in its own name', () => {
    const wrong = { registry, nonsense: 1 } as never
    assert.throws(() => dashboardWithoutFiles(wrong), /dashboardWithoutFiles: unknown option "nonsense"/)
    assert.throws(
      () => dashboardWithoutFiles({ registry }, { css: 'a' } as never),
      /urls: js must be a string/,
    )
  })
})
