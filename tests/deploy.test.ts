/** What stands in deploy/ is what Prometheus takes, and speaks of what the service shows. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createInstruments } from '../src/instruments/create-instruments.ts'
import { createRegistry, expose } from '../src/metrics/index.ts'
import { readConfig } from '../src/service/startup/config.ts'
import { skipUnless } from './support/installed.ts'

const folder = fileURLToPath(new URL('../deploy/', import.meta.url))
const alerts = readFileSync(`${folder}alerts.yml`, 'utf8')
const alertTests = readFileSync(`${folder}alerts.test.yml`, 'utf8')
const prometheus = readFileSync(`${folder}prometheus.yml`, 'utf8')

describe('promtool takes', () => {
  const skip = skipUnless('promtool')
  for (const [what, ...args] of [
    ['the configuration', 'check', 'config', 'prometheus.yml'],
    ['the alerts', 'check', 'rules', 'alerts.yml'],
    ['what the alerts do, case by case', 'test', 'rules', 'alerts.test.yml'],
  ]) {
    it(what, { skip }, () => {
      const { status, error, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' })
      assert.ifError(error)
      assert.equal(status, 0, `${stdout}${stderr}`)
    })
  }
})

describe('the alerts', () => {
  it('speak of metrics that the service shows', async () => {
    const registry = createRegistry()
    createInstruments({ registry, version: '1.0.0', runtime: 'test', process: { cpuSeconds: () => 0 } })
    const { body } = await expose(registry)
    const shown = new Set(String(body).match(/(?<=^# TYPE )\w+/gm))
    const named = alerts.replace(/^ *#.*/gm, '').match(/\b(?:cache|http|process|hitrate)_\w+/g) ?? []
    const families = named.map((name) => name.replace(/_(?:bucket|count|sum)$/, ''))
    assert.deepEqual(
      families.filter((family) => !shown.has(family)),
      [],
    )
    assert.ok(families.length > 10)
  })

  it('are each seen to fire and to stay silent', () => {
    const names = alerts.match(/(?<=- alert: )\w+/g) ?? []
    const seen = alertTests.split(/(?=- eval_time:)/)
    const unseen = names.filter((name) => {
      const ofThis = seen.filter((check) => check.includes(`alertname: ${name}\n`))
      return (
        !ofThis.some((check) => check.includes('exp_labels:')) ||
        !ofThis.some((check) => check.includes('exp_alerts: []'))
      )
    })
    assert.deepEqual(unseen, [])
    assert.equal(names.length, 6)
  })
})

describe('the configuration of Prometheus', () => {
  it('reads the service where it listens when nothing is configured', () => {
    const { host, port } = readConfig({}, { defaultHost: '127.0.0.1' })
    assert.ok(prometheus.includes(`targets: ['${host}:${port}']`))
  })

  it('names the job as the alerts do', () => {
    const jobs = new Set(alerts.match(/(?<=job=")\w+/g))
    assert.deepEqual([...jobs], prometheus.match(/(?<=job_name: )\w+/g))
  })
})
