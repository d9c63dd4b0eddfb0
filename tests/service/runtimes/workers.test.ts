import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { ExecutionContext } from '@cloudflare/workers-types'
import { dashboardCss, dashboardJs } from '../../../src/dashboard/files/written-files.ts'
import worker from '../../../src/service/runtimes/workers.ts'
import { importTool, skipUnlessTool } from '../../support/tools.ts'

/** The part of esbuild's API that is used here. */
interface Esbuild {
  build(options: object): Promise<{ metafile: { inputs: Record<string, object> } }>
}

const root = join(import.meta.dirname, '../../..')
const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext

describe('a Worker with a shared tier', () => {
  it('a Worker with a shared tier is refused with the reason in the log, and without reason and password in the response', async () => {
    const env = {
      REDIS_URL: 'redis://:secret@127.0.0.1',
      MEMCACHED_SERVERS: '127.0.0.1',
      MEMCACHED_USERNAME: 'kim',
      MEMCACHED_PASSWORD: 'secret',
      MEMCACHED_TLS: 'on',
      CACHE_FILE: './data/secret.sqlite',
      CACHE_FILE_MAX_BYTES: '1GiB',
      CACHE_REMOTE_TIMEOUT_MS: '20',
    }
    const logged: unknown[] = []
    const { error } = console
    console.error = (...line: unknown[]) => logged.push(...line)
    try {
      const response = await worker.fetch(new Request('https://example.com/health'), env, context)
      assert.equal(response.status, 500)
      assert.doesNotMatch(await response.text(), /REDIS|CACHE|secret/)
    } finally {
      console.error = error
    }
    const reason = 'must not be set: a Worker keeps neither connections nor files between requests'
    for (const name of Object.keys(env)) {
      assert.ok(String(logged).includes(`${name}: ${reason}`), String(logged))
    }
    assert.doesNotMatch(String(logged), /secret/)
  })
})

describe('the script of the Worker', () => {
  it('contains the page but not its files, which are static assets', {
    skip: skipUnlessTool('esbuild'),
  }, async () => {
    const { build } = await importTool<Esbuild>('esbuild')
    const { metafile } = await build({
      entryPoints: [join(root, 'src/service/runtimes/workers.ts')],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      external: ['node:*', 'cloudflare:*'],
    })
    const sources = Object.keys(metafile.inputs)
    assert.ok(sources.includes('src/dashboard/page/render-page.ts'))
    assert.deepEqual(
      sources.filter((source) => /^src\/(dashboard\/(files|client)|service\/development)\//.test(source)),
      [],
    )
    for (const [file, text] of [
      ['dashboard.css', dashboardCss],
      ['dashboard.js', dashboardJs],
    ] as const)
      assert.equal(readFileSync(join(root, 'deploy/worker/assets', file), 'utf8').trimEnd(), text)
  })
})
