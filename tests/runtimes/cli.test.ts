/** The program `hitrate` as a process, from its sources. tests/package.test.ts runs the bundled one. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Origin, openOrigin } from '../cli/check/origin.ts'
import { bin, type ProcessRuntime, root } from './running-service.ts'

interface Ended {
  code: number | string | null | undefined
  out: string
  err: string
}

function run(runtime: ProcessRuntime, ...args: string[]): Promise<Ended> {
  const flags = runtime === 'node' ? ['--disable-warning=ExperimentalWarning'] : []
  return new Promise((resolve) => {
    execFile(bin(runtime), [...flags, join(root, 'src/cli/main.ts'), ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : error.code, out, err })
    })
  })
}

describe('the program hitrate', () => {
  let origin: Origin
  before(async () => {
    origin = await openOrigin()
  })
  after(() => origin.close())

  for (const runtime of ['node', 'bun'] as const) {
    it(`checks a URL, writes the whole report to a pipe and ends, on ${runtime}`, async () => {
      const { code, out, err } = await run(runtime, 'check', '--json', `${origin.url}/set-cookie`)
      assert.deepEqual(
        { code, err, detail: JSON.parse(out).detail },
        { code: 1, err: '', detail: 'set-cookie' },
      )
    })

    it(`ends with 2 after a mistake, on ${runtime}`, async () => {
      assert.deepEqual(await run(runtime, '--nonsense'), {
        code: 2,
        out: '',
        err: 'hitrate: --nonsense is not an option\nSee hitrate --help\n',
      })
    })
  }
})
