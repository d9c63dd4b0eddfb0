/** The files in deploy/ are valid for Prometheus and name metrics, targets and jobs that exist. */
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

describe('promtool accepts', () => {
  const skip = skipUnless('promtool')
  for (const [subject, ...args] of [
    ['prometheus.yml', 'check', 'config', 'prometheus.yml'],
    ['alerts.yml', 'check', 'rules', 'alerts.yml'],
    ['each case of alerts.test.yml', 'test', 'rules', 'alerts.test.yml'],
  ]) {
    it(`promtool accepts ${subject}`, { skip }, () => {
      const { status, error, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' })
      assert.ifError(error)
      assert.equal(status, 0, `${stdout}${stderr}`)
    })
  }
})

describe('alerts', () => {
  it('alerts use only metrics that the service exposes', async () => {
    const registry = createRegistry()
    createInstruments({ registry, version: '1.0.0', runtime: 'test', process: { cpuSeconds: () => 0 } })
    const { body } = await expose(registry)
    const exposed = new Set(String(body).match(/(?<=^# TYPE )\w+/gm))
    const named = alerts.replace(/^ *#.*/gm, '').match(/\b(?:cache|http|process|hitrate)_\w+/g) ?? []
    const families = named.map((name) => name.replace(/_(?:bucket|count|sum)$/, ''))
    assert.deepEqual(
      families.filter((family) => !exposed.has(family)),
      [],
    )
    assert.ok(families.length > 10)
  })

  it('alerts have a case that fires and a case that does not', () => {
    const names = alerts.match(/(?<=- alert: )\w+/g) ?? []
    const checks = alertTests.split(/(?=- eval_time:)/)
    const untested = names.filter((name) => {
      const own = checks.filter((check) => check.includes(`alertname: ${name}\n`))
      return (
        !own.some((check) => check.includes('exp_labels:')) ||
        !own.some((check) => check.includes('exp_alerts: []'))
      )
    })
    assert.deepEqual(untested, [])
    assert.equal(names.length, 8)
  })
})

describe('prometheus.yml', () => {
  it('prometheus.yml scrapes the default host and port of the service', () => {
    const { host, port } = readConfig({}, { defaultHost: '127.0.0.1' })
    assert.ok(prometheus.includes(`targets: ['${host}:${port}']`))
  })

  it('prometheus.yml names the job that the alerts select', () => {
    const jobs = new Set(alerts.match(/(?<=job=")\w+/g))
    assert.deepEqual([...jobs], prometheus.match(/(?<=job_name: )\w+/g))
  })
})
