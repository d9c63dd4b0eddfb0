/** The command of the docs makes one program, which runs without this checkout. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { bin, root } from '../runtimes/running-service.ts'
import { watchedProcess } from './watched-process.ts'

describe('bun build --compile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hitrate-binary-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('the program of the docs serves from another folder, with several threads, and stops with 0', async () => {
    const page = readFileSync(join(root, 'docs/service/deploying.md'), 'utf8')
    const [, args = ''] = /^bun (build --compile .*) --outfile hitrate$/m.exec(page) ?? []
    const program = join(folder, 'hitrate')
    execFileSync(bin('bun'), [...args.split(' '), '--outfile', program], { cwd: root, stdio: 'pipe' })

    const env = { PORT: '0', THREADS: '2' }
    const service = watchedProcess(program, [], { cwd: folder, env })
    const [, url = ''] = await service.printed(/"url":"([^"]+)"/)
    const { status } = await fetch(`${url}/api/user/user_001`)
    assert.equal(status, 200)
    service.child.kill('SIGTERM')
    assert.equal((await service.ended).code, 0, service.output())
  })
})
