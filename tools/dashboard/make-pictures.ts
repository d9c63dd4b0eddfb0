/**
 * Takes the pictures of the dashboard for the documentation, in Chromium: the service of `npm run dev` under load for two minutes, in
 * which its database breaks for a while.
 *
 *     npm run dashboard:pictures
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startLoad } from './picture-load.ts'

/** The part of puppeteer's API that is used here: it is one of the tools, which the compiler may not find installed. */
interface Puppeteer {
  launch(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>
}

interface Page {
  goto(url: string): Promise<unknown>
  evaluate(program: string): Promise<unknown>
  emulateMediaFeatures(features: object[]): Promise<void>
  setViewport(size: Size): Promise<void>
  locator(selector: string): { click(): Promise<void> }
  screenshot(options: object): Promise<unknown>
}

interface Size {
  width: number
  height: number
  deviceScaleFactor?: number
}

const root = join(import.meta.dirname, '../..')
const images = join(root, 'docs/images')

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const service = spawn(join(root, 'node_modules/.bin/bun'), ['src/service/runtimes/dev.ts'], {
  cwd: root,
  env: {
    ...{ PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DATABASE_URL: 'memory:' },
    ...{ REPOSITORY_DELAY_MS: '8', CACHE_MAX_BYTES: '262144', ADMIN_TOKEN: 'token-of-the-pictures' },
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const url = await listening()
const tools = createRequire(join(root, 'tools/package.json'))
const { default: puppeteer }: { default: Puppeteer } = await import(
  pathToFileURL(tools.resolve('puppeteer-core')).href
)
const browser = await puppeteer.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
  pipe: true,
})
try {
  const load = await startLoad(url)
  const page = await browser.newPage()
  await page.goto(url)
  await pause(60_000)
  await press(page, 'Break')
  await pause(20_000)
  await press(page, 'Break')
  await pause(45_000)
  await picture(page, 'light', { width: 1440, height: 900 }, 'dashboard-light')
  await picture(page, 'dark', { width: 1440, height: 900 }, 'dashboard-dark')
  await picture(page, 'light', { width: 360, height: 780, deviceScaleFactor: 2 }, 'dashboard-phone')
  load.stop()
} finally {
  await browser.close()
  service.kill()
}

/** Resolves with the URL of the service, which its log contains. */
function listening(): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    service.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const [, url] = /"url":"(http[^"]+)"/.exec(output) ?? []
      if (url !== undefined) resolve(url)
    })
    service.once('exit', () => reject(new Error(`The service ended before it listened:\n${output}`)))
  })
}

/** Presses the button of `npm run dev` whose label begins with this word. */
async function press(page: Page, word: string): Promise<void> {
  await page.locator(`::-p-xpath(//button[starts-with(normalize-space(), "${word}")])`).click()
}

async function picture(page: Page, scheme: 'light' | 'dark', size: Size, name: string): Promise<void> {
  const isPhone = size.width < 500
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await page.setViewport(size)
  await page.evaluate('document.activeElement?.blur()')
  await page.evaluate(`document.getElementById('${isPhone ? 'caches' : 'top'}')?.scrollIntoView()`)
  await pause(2500) // an update in the new size
  await page.screenshot({ path: join(images, `${name}.png`), fullPage: !isPhone })
}
