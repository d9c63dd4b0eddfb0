/**
 * Takes the picture of `/docs` for the documentation, in Chromium.
 *
 *     node tools/node.mjs tools/openapi/make-picture.ts
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { docsPage } from '../../src/service/openapi/docs-page.ts'

const picture = fileURLToPath(new URL('../../docs/images/api-page.png', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hitrate-picture-'))
try {
  const page = join(folder, 'docs.html')
  writeFileSync(page, docsPage)
  execFileSync('chromium', [
    '--headless',
    '--no-sandbox', // as root, Chromium starts only without it
    '--hide-scrollbars',
    '--window-size=1100,900',
    `--user-data-dir=${folder}`,
    `--screenshot=${picture}`,
    pathToFileURL(page).href,
  ])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
