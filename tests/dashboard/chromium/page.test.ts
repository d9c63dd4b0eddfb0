/** The dashboard in Chromium, served by Node and by Bun. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ProcessRuntime, type RunningService, startProgram } from '../../runtimes/running-service.ts'
import { skipUnless } from '../../support/installed.ts'
import { skipUnlessTool } from '../../support/tools.ts'
import { type Browser, openBrowser, openWatchedPage, type Page, seriousViolations } from './open-browser.ts'

const skip = skipUnless('chromium') || skipUnlessTool('puppeteer-core') || skipUnlessTool('axe-core')

const OUTCOMES = ['hit', 'stale', 'coalesced', 'miss', 'error', 'bypass']

/** The exact value of a figure, by its place in the page. */
const valueAt = (selector: string) => `Number(document.querySelector('${selector} data')?.value)`

const readsOf = (outcome: string) =>
  `Number([...document.querySelectorAll('.outcomes tr')].find((row) => row.cells[0].textContent === '${outcome}')?.querySelector('data').value)`

const textAt = (selector: string) => `document.querySelector('${selector}')?.textContent ?? ''`

let browser: Browser | undefined
before(async () => {
  if (skip === false) browser = await openBrowser()
})
after(() => browser?.close())

for (const runtime of ['node', 'bun'] satisfies ProcessRuntime[]) {
  describe(`the dashboard in Chromium, served by ${runtime}`, { skip }, () => {
    let service: RunningService
    let page: Page
    let faults: string[]

    before(async () => {
      service = await startProgram(runtime, 'tests/dashboard/chromium/dashboard-app.ts')
      ;({ page, faults } = await openWatchedPage(browser ?? assert.fail('no browser'), service.url))
    })
    after(async () => {
      await page.close()
      await service.end()
    })

    const read = (times: number) =>
      Array.from({ length: times }, (_, index) => index % 10).reduce(async (before, id) => {
        await before
        await (await fetch(`${service.url}/item/${id}`)).text()
      }, Promise.resolve())

    const metric = async (series: string): Promise<number> => {
      const text = await (await fetch(`${service.url}/metrics`)).text()
      const line = text.split('\n').find((one) => one.startsWith(`${series} `)) ?? assert.fail(`no ${series}`)
      return Number(line.split(' ')[1])
    }

    it('says how to begin before the first read', async () => {
      await page.goto(`${service.url}/status`)
      assert.match(String(await page.evaluate(textAt('.reads'))), /No reads yet\./)
    })

    it('has its figures without JavaScript', async () => {
      await read(50)
      await page.setJavaScriptEnabled(false)
      await page.goto(`${service.url}/status`)
      assert.deepEqual(
        await page.evaluate(`[${readsOf('hit')}, ${readsOf('miss')}, ${valueAt('.large')}]`),
        [40, 10, 0.8],
      )
      assert.equal(await page.evaluate(textAt('#connection a')), 'Reload')
      await page.setJavaScriptEnabled(true)
    })

    it('follows the requests with JavaScript, and keeps open what is open', async () => {
      // The way to open a page behind a token in one step.
      await page.goto(`${service.url.replace('//', '//any:token@')}/status`)
      await page.waitForFunction(`document.body.dataset.state === 'live'`)
      await page.evaluate(`document.querySelector('.reads details').open = true`)
      await page.evaluate(`document.querySelector('textarea').value = '/typed'`)
      await read(50)
      await page.waitForFunction(`${readsOf('hit')} === 90`, { timeout: 8000 })
      assert.deepEqual(
        await page.evaluate(
          `[document.querySelector('.reads details').open, document.querySelector('textarea').value]`,
        ),
        [true, '/typed'],
      )
      await page.evaluate(`document.querySelector('.reads details').open = false`)
    })

    it('shows the figures of /metrics', async () => {
      const shown = await page.evaluate(
        `[${OUTCOMES.map(readsOf)}, ${valueAt('.large')}, ${valueAt('.memory .medium')}, ${valueAt('.memory .terms')}]`,
      )
      const series = OUTCOMES.map((outcome) => `cache_reads_total{cache="items",outcome="${outcome}"}`)
      const ofCache = ['cache_size_bytes', 'cache_entries'].map((name) => `${name}{cache="items"}`)
      const expected = [...series, 'cache_hit_rate', ...ofCache]
      assert.deepEqual(shown, await Promise.all(expected.map(metric)))
    })

    it('purges by keyboard, and says so', async () => {
      await page.evaluate(`document.querySelector('textarea').value = ''`)
      await focusByTab(page, 'textarea')
      await page.keyboard.type('/item/1')
      await page.keyboard.press('Tab')
      await page.keyboard.type('wrong')
      await page.keyboard.press('Enter')
      await page.waitForFunction(`${textAt('#purge-result')} === 'Not purged: The token is wrong'`)
      await page.evaluate(`document.querySelector('[name=token]').value = 'test-token'`)
      await page.keyboard.press('Enter')
      await page.waitForFunction(`${textAt('#purge-result')} === 'Purged: 1 URL.'`)
      await page.waitForFunction(`${valueAt('.memory .terms')} === 9`, { timeout: 8000 })
      assert.equal(await page.evaluate(textAt('#purge-result')), 'Purged: 1 URL.')
    })

    // The page is the same on both, so tests of the page alone run once.
    it('has nothing serious for axe, in light and dark', {
      skip: runtime === 'bun' && 'as on Node',
    }, async () => {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }])
      assert.deepEqual(await seriousViolations(page), [])
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }])
      assert.deepEqual(await seriousViolations(page, ['color-contrast']), [])
    })

    it('fits the width of a small phone', async () => {
      await page.setViewport({ width: 360, height: 740 })
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360)
      await page.setViewport({ width: 1280, height: 900 })
    })

    it('has no error, no violation of its policy, and no request elsewhere', () => {
      const refused =
        'console: Failed to load resource: the server responded with a status of 403 (Forbidden)'
      assert.deepEqual(
        faults.filter((fault) => fault !== refused),
        [],
      )
    })

    it('says when the server does not answer, and recovers', {
      skip: runtime === 'bun' && 'as on Node',
    }, async () => {
      await page.setOfflineMode(true)
      await page.waitForFunction(`document.body.dataset.state === 'old'`, { timeout: 8000 })
      assert.match(
        String(await page.evaluate(textAt('#connection'))),
        /^The server does not answer\. Figures are .* old; next try in /,
      )
      await page.setOfflineMode(false)
      await page.waitForFunction(`document.body.dataset.state === 'live'`, { timeout: 8000 })
    })
  })
}

/** Presses Tab until an element has the focus, as a person without a mouse does. */
async function focusByTab(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(`document.activeElement.matches('${selector}')`)) return
  }
  assert.fail(`Tab does not reach ${selector}`)
}
