/** The files in deploy/ are valid for Prometheus and name metrics, targets and jobs that exist. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readConfig } from '../src/service/startup/config.ts'
import { skipUnless } from './support/installed.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../deploy/', import.meta.url))
const [alerts = '', rules = '', prometheus = ''] = ['alerts.yml', 'rules.yml', 'prometheus.yml'].map((name) =>
  readFileSync(`${folder}${name}`, 'utf8'),
)
const caseFiles = globSync('tests/*.test.yml', { cwd: folder }).sort()
const cases = caseFiles.map((name) => readFileSync(`${folder}${name}`, 'utf8'))
const names: readonly string[] = alerts.match(/(?<=- alert: )\w+/g) ?? []

describe('promtool accepts', { concurrency: true }, () => {
  const skip = skipUnless('promtool')
  for (const [subject, ...args] of [
    ['prometheus.yml', 'check', 'config', 'prometheus.yml'],
    ['rules.yml and alerts.yml', 'check', 'rules', 'rules.yml', 'alerts.yml'],
    ...caseFiles.map((file) => [`each case of ${file}`, 'test', 'rules', file]),
  ]) {
    it(`promtool accepts ${subject}`, { skip }, async () => {
      // promtool fails with its complaints in the output.
      // Less garbage collection saves a quarter of its time.
      const env = { ...process.env, GOGC: '800' }
      await run('promtool', args, { cwd: folder, env }).catch(({ message, stdout, stderr }) =>
        assert.fail(`${message}\n${stdout}${stderr}`),
      )
    })
  }
})

describe('alerts', () => {
  it('there is a case that fires for each alert, and its texts stand in full', () => {
    const fires = (name: string) => cases.some((text) => text.includes(`ALERTS{alertname="${name}"`))
    const hasTexts = (name: string) =>
      new RegExp(`alertname: ${name}\\n +exp_alerts:\\n +- exp_labels`).test(cases.join('\n'))
    assert.deepEqual(
      names.filter((name) => !fires(name) || !hasTexts(name)),
      [],
    )
    assert.equal(names.length, 21)
  })

  it('each alert has a severity, and a runbook that exists', () => {
    const { homepage } = JSON.parse(readFileSync(`${folder}../package.json`, 'utf8')) as { homepage: string }
    const base = `${homepage.replace(/#.*/, '')}/blob/main/`
    for (const alert of alerts.split(/(?=- alert: )/).slice(1)) {
      const [name = ''] = alert.match(/(?<=- alert: )\w+/) ?? []
      const [, severity] = /^ +severity: (\w+)$/m.exec(alert) ?? []
      assert.ok(severity === 'critical' || severity === 'warning', `${name}: severity ${severity}`)
      const [, url = ''] = /^ +runbook_url: (.*)$/m.exec(alert) ?? []
      assert.ok(url.startsWith(base), `${name}: ${url}`)
      const [path = '', anchor = ''] = url.slice(base.length).split('#')
      const headings = readFileSync(`${folder}../${path}`, 'utf8').match(/(?<=^## ).*$/gm) ?? []
      assert.ok(
        anchor !== '' && headings.some((heading) => heading.toLowerCase() === anchor),
        `${name}: ${path} has no heading for #${anchor}`,
      )
    }
  })

  it('the objectives are written once', () => {
    const constants = [...rules.matchAll(/expr: vector\((.*)\)/g)].map(([, value]) => value)
    assert.deepEqual(constants, ['0.999', '0.5'])
    assert.doesNotMatch(alerts, /0\.999|0\.001/)
  })

  it('each recording rule reads the window that its name ends with', () => {
    const recorded = rules.split(/(?=- record: )/).slice(1)
    let windows = 0
    for (const rule of recorded) {
      const [, name = '', window] = /^- record: (\S*?(?:rate|increase)(\d+[mhd]))$/m.exec(rule) ?? []
      if (window === undefined) continue
      windows++
      const expression = rule.slice(name.length + '- record: '.length)
      for (const [, range] of expression.matchAll(/\[(\w+)(?::\w+)?\]/g)) assert.equal(range, window, name)
      // A recorded series without a range is of the same window.
      for (const [, other] of expression.matchAll(/:\w*?(?:rate|increase)(\d+[mhd])\b(?!\[)/g))
        assert.equal(other, window, name)
    }
    assert.ok(windows > 20)
  })

  it('each selector names the job', () => {
    const expressions = `${rules}\n${alerts}`.match(/(?<=expr: )[^|].*|(?<=expr: \|\n)(?: {10,}.*\n)+/g) ?? []
    assert.equal(expressions.length, names.length + (rules.match(/- record: /g)?.length ?? 0))
    for (const expression of expressions) {
      const metrics =
        expression.match(/\b(?:cache|http|process|nodejs|hitrate|metrics)_\w+\b(?!:)(?:\{[^}]*\})?/g) ?? []
      for (const selector of metrics.filter((metric) => !expression.includes(`:${metric}`)))
        assert.match(selector, /\{job="hitrate"/, expression)
    }
  })
})

describe('prometheus.yml', () => {
  it('prometheus.yml scrapes the default host and port of the service', () => {
    const { host, port } = readConfig({}, { defaultHost: '127.0.0.1' })
    assert.ok(prometheus.includes(`targets: ['${host}:${port}']`))
  })

  it('prometheus.yml names the job that the rules and alerts select, and loads both', () => {
    const jobs = new Set(`${rules}${alerts}`.match(/(?<=job=")\w+/g))
    assert.deepEqual([...jobs], prometheus.match(/(?<=job_name: )\w+/g))
    assert.deepEqual(prometheus.match(/(?<=^ {2}- )\w+\.yml$/gm), ['rules.yml', 'alerts.yml'])
  })
})
