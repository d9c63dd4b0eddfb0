/**
 * Looks at the built site in Chromium: pictures into site/pictures/ and docs/images/landing.png, and checks of each page at the widths of
 * phones, of a tablet and of a desk, light and dark: axe, sideways scrolling, errors, requests to elsewhere, and the keyboard.
 *
 *     npm run site:pictures
 *     node tools/node.mjs site/pictures.ts guide/why/   # only this page, of the site as it is built
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import puppeteer, { type Page } from 'puppeteer-core'
import { serveFiles } from './serve-files.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const base = process.env.SITE_BASE ?? '/'

const [, , ...chosen] = process.argv
const paths =
  chosen.length > 0
    ? chosen
    : [
        '',
        'pages/',
        'step-by-step/',
        'step-by-step/4-stale-while-revalidate/',
        'guide/quick-start/',
        'proxy/quick-start/',
        'comparison/',
        'reference/options/',
      ]
const widths = [360, 390, 768, 1280]

/** A rule that a page breaks, by the words of axe. */
interface Violation {
  id: string
  impact: string | null
  nodes: { html: string }[]
}

const problems: string[] = []
const site = await serveFiles(join(here, '.vitepress/dist'), base)
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--hide-scrollbars'], // as root, Chromium starts only without a sandbox
})
try {
  mkdirSync(join(here, 'pictures'), { recursive: true })
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of widths) for (const path of paths) await look(path, width, scheme)
  }
  await tabThrough()
} finally {
  await browser.close()
  site.close()
}
for (const problem of problems) console.error(problem)
console.log(`${2 * widths.length * paths.length} pictures in site/pictures/, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

async function open(path: string, width: number, scheme: 'light' | 'dark'): Promise<Page> {
  const page = await browser.newPage()
  await page.setViewport({ width, height: width < 500 ? 780 : 900, deviceScaleFactor: width < 500 ? 2 : 1 })
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ])
  page.on('pageerror', (error) => problems.push(`${path}: ${String(error)}`))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(site.url) && !url.startsWith('data:')) problems.push(`${path}: requests ${url}`)
  })
  await page.goto(site.url + path, { waitUntil: 'networkidle0' })
  return page
}

async function look(path: string, width: number, scheme: 'light' | 'dark'): Promise<void> {
  const page = await open(path, width, scheme)
  const name = `${path.replaceAll('/', ' ').trim().replaceAll(' ', '-') || 'front'}-${width}-${scheme}`
  if (path === '') {
    await page.$eval('img[src*="terminal"]', (image) => image.scrollIntoView())
    await pause(9000) // the terminal runs only in sight
    await page.evaluate(() => scrollTo(0, 0))
  }
  await page.screenshot({ path: join(here, `pictures/${name}.png`), fullPage: path === '' })
  if (path === '' && width === 1280 && scheme === 'light') {
    await page.screenshot({ path: join(here, '../docs/images/landing.png') })
  }

  const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth)
  if (scrollWidth > width) problems.push(`${name}: scrolls sideways, ${scrollWidth} px`)
  if (width !== 360) {
    await page.evaluate(axe)
    const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[]
    for (const { id, impact, nodes } of violations) {
      const isSerious = impact === 'serious' || impact === 'critical'
      const message = `${name}: axe ${id} (${impact}): ${nodes.length} × ${nodes[0]?.html.slice(0, 120)}`
      if (isSerious) problems.push(message)
      else console.log(message)
    }
  }
  await page.close()
}

/** The front page by Tab alone: every stop is visible and marked, and all links of the text are reached. */
async function tabThrough(): Promise<void> {
  const page = await open('', 1280, 'light')
  const reached = new Set<string>()
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => {
      const element = document.activeElement
      if (element === null || element === document.body) return undefined
      const { outlineStyle, boxShadow } = getComputedStyle(element)
      const { width, height } = element.getBoundingClientRect()
      const isMarked = outlineStyle !== 'none' || boxShadow !== 'none'
      return { text: element.textContent?.trim() ?? '', isSeen: width > 0 && height > 0 && isMarked }
    })
    if (stop === undefined) break
    if (!stop.isSeen) problems.push(`front: the focus on "${stop.text}" is not visible`)
    reached.add(stop.text)
  }
  const links = await page.$$eval('.vp-doc a:not(.header-anchor)', (all) =>
    all.map((one) => one.textContent?.trim() ?? ''),
  )
  for (const link of links) if (!reached.has(link)) problems.push(`front: Tab does not reach "${link}"`)
  console.log(`front: ${reached.size} stops by Tab`)
  await page.close()
}
