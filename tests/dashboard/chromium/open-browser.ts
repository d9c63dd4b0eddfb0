/** Chromium, and pages that record what must not happen in them. */
import { readFileSync } from 'node:fs'
import { importTool, toolFile } from '../../support/tools.ts'

/** The part of puppeteer's API that is used here. Programs for the page are text, because the types of the DOM are not loaded. */
export interface Page {
  goto(url: string): Promise<unknown>
  evaluate(program: string): Promise<unknown>
  evaluateOnNewDocument(program: string): Promise<unknown>
  waitForFunction(program: string, options?: { timeout: number }): Promise<unknown>
  setViewport(size: { width: number; height: number; deviceScaleFactor?: number }): Promise<void>
  setJavaScriptEnabled(isEnabled: boolean): Promise<void>
  setOfflineMode(isOffline: boolean): Promise<void>
  emulateMediaFeatures(features: { name: string; value: string }[]): Promise<void>
  screenshot(options: object): Promise<unknown>
  close(): Promise<void>
  on(event: string, listener: (subject: never) => void): void
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> }
}

export interface Browser {
  newPage(): Promise<Page>
  close(): Promise<void>
}

export async function openBrowser(): Promise<Browser> {
  const { default: puppeteer } = await importTool<{
    default: { launch(options: object): Promise<Browser> }
  }>('puppeteer-core')
  // As root, Chromium starts only without its sandbox.
  return puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], pipe: true })
}

/** @returns a page, and the list of its errors, violations of its policy, and requests to other origins: it grows. */
export async function openWatchedPage(
  browser: Browser,
  origin: string,
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage()
  const faults: string[] = []
  page.on('console', (message: { type(): string; text(): string }) => {
    if (message.type() !== 'log') faults.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error: unknown) => faults.push(`error: ${error}`))
  page.on('request', (request: { url(): string }) => {
    if (new URL(request.url()).origin !== origin && !request.url().startsWith('data:'))
      faults.push(request.url())
  })
  await page.evaluateOnNewDocument(
    `addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))`,
  )
  return { page, faults }
}

/** The axe rules that the page breaks, of those with a serious or critical impact. @param rules default: all */
export async function seriousViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(readFileSync(toolFile('axe-core/axe.min.js'), 'utf8'))
  const found =
    await page.evaluate(`axe.run(${rules ? JSON.stringify({ runOnly: rules }) : ''}).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' ')))`)
  return found as string[]
}
