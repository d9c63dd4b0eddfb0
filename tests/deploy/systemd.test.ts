/** The unit of systemd is valid, confined, and fits the service. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, it } from 'node:test'
import { DRAIN_MS } from '../../src/process/serving/serve.ts'
import { readConfig, variableNames } from '../../src/service/startup/config.ts'
import { root } from '../runtimes/running-service.ts'
import { skipUnless } from '../support/installed.ts'

const unit = readFileSync(join(root, 'deploy/systemd/hitrate.service'), 'utf8')
const environmentFile = readFileSync(join(root, 'deploy/systemd/hitrate.env'), 'utf8')

/** The value of a setting. @throws when the unit has it not once. */
function setting(name: string): string {
  const values = unit.match(new RegExp(`(?<=^${name}=).*$`, 'gm')) ?? []
  assert.equal(values.length, 1, name)
  return values[0] ?? ''
}

describe('hitrate.service', () => {
  it('the unit starts the runtime itself, and waits for the requests in progress', () => {
    assert.match(setting('ExecStart'), /^\/usr\/local\/bin\/bun \/opt\/hitrate\/bun\.js$/)
    assert.ok(Number(setting('TimeoutStopSec')) * 1000 >= DRAIN_MS + 10_000)
  })

  it('the unit and its file set variables that exist, and valid values', () => {
    const pairs = [...setting('Environment').split(' '), ...(environmentFile.match(/^\w+=.*$/gm) ?? [])]
    const variables = Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/).slice(0, 2)))
    assert.deepEqual(
      Object.keys(variables).filter((name) => !variableNames.includes(name)),
      [],
    )
    const { database } = readConfig(variables, { defaultHost: '127.0.0.1' })
    const state = `/var/lib/${setting('StateDirectory')}`
    assert.deepEqual(database, { kind: 'sqlite', path: `${state}/hitrate.sqlite` })
    assert.equal(setting('WorkingDirectory'), state)
  })

  describe('systemd-analyze', { skip: skipUnless('systemd-analyze') }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'hitrate-systemd-'))
    const file = join(folder, 'hitrate.service')
    // `verify` wants a program that exists.
    before(() => writeFileSync(file, unit.replace('/usr/local/bin/bun', process.execPath)))
    after(() => rmSync(folder, { recursive: true, force: true }))

    it('systemd-analyze verify has nothing to say about the unit', () => {
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
        encoding: 'utf8',
      })
      assert.deepEqual({ status, output: stdout + stderr }, { status: 0, output: '' })
    })

    it('systemd-analyze security finds the unit confined: an exposure of at most 1.5 of 10', () => {
      const args = ['security', '--offline=true', '--no-pager', '--threshold=15', file]
      const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
      assert.equal(status, 0, stdout)
    })
  })
})
