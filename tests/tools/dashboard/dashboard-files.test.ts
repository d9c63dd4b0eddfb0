/** The files of the dashboard are those that tools/dashboard/ makes, and small. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { dashboardCss, dashboardJs } from '../../../src/dashboard/files/written-files.ts'
import { renderPage } from '../../../src/dashboard/page/render-page.ts'
import { dashboardFiles } from '../../../tools/dashboard/dashboard-files.ts'
import { dashboardData, samplesOf } from '../../support/dashboard/sample-data.ts'
import { skipUnlessTool } from '../../support/tools.ts'

const root = join(import.meta.dirname, '../../..')

describe('the files of the dashboard', () => {
  it('are those that tools/dashboard/make-files.ts writes', { skip: skipUnlessTool('esbuild') }, async () => {
    for (const [path, content] of Object.entries(await dashboardFiles()))
      assert.ok(
        readFileSync(join(root, path), 'utf8') === content,
        `${path} is out of date: npm run dashboard`,
      )
  })

  it('load nothing, and write no HTML', () => {
    assert.equal(/url\(|@import/.exec(dashboardCss)?.[0], undefined)
    const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:\/\/(?!localhost)/
    assert.equal(forbidden.exec(dashboardJs)?.[0], undefined)
  })

  it('take less than 60 kB with the page of a full history, gzipped', (t) => {
    const hits = Array.from({ length: 300 }, (_, index) => Math.round(1000 * index + 500 * Math.sin(index)))
    const data = dashboardData({ history: { everyMs: 2000, samples: samplesOf('users', hits) } })
    const html = renderPage(data, { css: 'a.css', js: 'a.js', data: 'data.json', purge: 'purge' })
    const [css, js, page] = [dashboardCss, dashboardJs, html].map((text) => gzipSync(text).length)
    t.diagnostic(`gzipped: ${css} bytes of CSS, ${js} of script, ${page} of HTML`)
    assert.ok((css ?? 0) + (js ?? 0) + (page ?? 0) < 60_000)
  })
})
