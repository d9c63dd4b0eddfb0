/** The files of `docker compose` agree with each other, with the Dockerfile and with the service, and run in a real Prometheus. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { DRAIN_MS } from '../../src/process/serving/serve.ts'
import { readConfig, variableNames } from '../../src/service/startup/config.ts'
import { freePort, root, startService } from '../runtimes/running-service.ts'
import { skipUnless } from '../support/installed.ts'
import { environment, parseDockerfile } from './dockerfile.ts'
import { parseYaml } from './yaml.ts'

interface ComposeService {
  image: string
  command?: string[]
  environment?: Record<string, string>
  volumes?: string[]
  secrets?: string[]
  restart: string
  cap_drop: string[]
  security_opt: string[]
  mem_limit: string
  healthcheck: { test: string[] }
  stop_grace_period?: string
  read_only?: boolean
}

interface Compose {
  services: Record<'hitrate' | 'redis' | 'prometheus' | 'grafana', ComposeService>
  volumes: Record<string, null>
  secrets: Record<string, { environment: string }>
}

interface Prometheus {
  scrape_configs: [{ static_configs: [{ targets: string[] }]; authorization?: { credentials_file: string } }]
}

const deploy = join(root, 'deploy')
const [compose, prometheus, plainPrometheus, datasources, dashboards] = parseYaml(
  ...['compose.yml', 'docker/prometheus.yml', 'prometheus.yml'].map((file) => join(deploy, file)),
  join(deploy, 'docker/grafana/provisioning/datasources/prometheus.yml'),
  join(deploy, 'docker/grafana/provisioning/dashboards/hitrate.yml'),
) as [
  Compose,
  Prometheus,
  Prometheus,
  { datasources: [{ url: string; uid: string; isDefault: boolean }] },
  { providers: [{ options: { path: string } }] },
]
const { hitrate, grafana } = compose.services
const token = 'a-token-of-the-test'

/** As Compose does, with no variable set but the required ones. */
function interpolated(values: Record<string, string>): Record<string, string> {
  const value = (text: string) =>
    text.replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)\}/g, (_, fallback) => fallback ?? token)
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, value(text)]))
}

describe('compose.yml', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    it(`${name} is restarted, checked and confined`, () => {
      assert.equal(service.restart, 'unless-stopped')
      assert.deepEqual(service.cap_drop, ['ALL'])
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'])
      assert.match(service.mem_limit, /^\d+m$/)
      assert.equal(service.healthcheck.test[0], 'CMD', 'without a shell')
      assert.equal(service.read_only ?? false, name !== 'prometheus')
      if (name !== 'hitrate') assert.match(service.image, /:v?\d+\.\d+\.\d+/, 'pinned')
    })

    it(`the files and volumes of ${name} exist`, () => {
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':')
        if (source.startsWith('.')) assert.ok(existsSync(join(deploy, source)), source)
        else assert.ok(source in compose.volumes, source)
      }
      for (const secret of service.secrets ?? []) assert.ok(secret in compose.secrets, secret)
    })
  }

  it('hitrate gets variables that exist, and valid values', () => {
    const variables = interpolated(hitrate.environment ?? {})
    assert.deepEqual(
      Object.keys(variables).filter((name) => !variableNames.includes(name)),
      [],
    )
    const image = parseDockerfile(readFileSync(join(deploy, 'Dockerfile'), 'utf8')).at(-1) ?? assert.fail()
    const tokens = { API_TOKEN: `${token}-1`, METRICS_TOKEN: `${token}-2` } // equal ones are refused
    const config = readConfig(
      { ...environment(image), ...variables, ...tokens },
      { defaultHost: '127.0.0.1' },
    )
    assert.equal(config.host, '0.0.0.0')
    assert.ok(`${hitrate.stop_grace_period}`.endsWith('s'))
    assert.ok(Number.parseInt(hitrate.stop_grace_period ?? '', 10) * 1000 >= DRAIN_MS + 10_000)
  })

  it('the example of .env names each variable that Compose requires', () => {
    const required = readFileSync(join(deploy, 'compose.yml'), 'utf8').matchAll(/\$\{(\w+):\?/g)
    const example = readFileSync(join(deploy, 'compose.env.example'), 'utf8')
    const names = [...new Set(Array.from(required, ([, name]) => name))].sort()
    assert.deepEqual(names, example.match(/^\w+(?==)/gm)?.sort())
  })

  it('Grafana finds Prometheus, its dashboards and the first of them', () => {
    const [source] = datasources.datasources
    assert.equal(source.url, 'http://prometheus:9090')
    assert.ok(source.isDefault)
    const [{ options }] = dashboards.providers
    const mounts = (grafana.volumes ?? []).map((volume) => volume.split(':'))
    const [folder = ''] = mounts.find(([, target]) => target === options.path) ?? assert.fail()
    const home = grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? ''
    assert.equal(home, join(options.path, basename(home)))
    const { templating } = JSON.parse(readFileSync(join(deploy, folder, basename(home)), 'utf8'))
    const variable = templating.list.find(({ name }: { name: string }) => name === 'datasource')
    assert.equal(variable.query, 'prometheus', 'the dashboards choose a data source of this type')
  })

  it('Prometheus differs from prometheus.yml in the target and the token', () => {
    const [scrape] = prometheus.scrape_configs
    assert.deepEqual(scrape.static_configs[0].targets, ['hitrate:3000'])
    const file = scrape.authorization?.credentials_file
    assert.equal(file, `/run/secrets/${compose.services.prometheus.secrets?.[0]}`)
    assert.equal(compose.secrets[basename(file)]?.environment, 'METRICS_TOKEN')
    const { authorization, static_configs, ...same } = scrape
    const { static_configs: _, ...plain } = plainPrometheus.scrape_configs[0]
    assert.deepEqual(
      { ...prometheus, scrape_configs: [same] },
      { ...plainPrometheus, scrape_configs: [plain] },
    )
  })
})

describe('Prometheus of compose.yml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hitrate-compose-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('Prometheus scrapes the service with the token, and loads the rules', {
    skip: skipUnless('prometheus'),
  }, async () => {
    const service = await startService('bun', { METRICS_TOKEN: token })
    const mounts = (compose.services.prometheus.volumes ?? []).map((volume) => volume.split(':'))
    for (const [source = '', target = ''] of mounts.filter(([source]) => source?.startsWith('.')))
      copyFileSync(join(deploy, source), join(folder, basename(target)))
    const file = join(folder, 'prometheus.yml')
    const text = readFileSync(file, 'utf8')
      .replace('hitrate:3000', new URL(service.url).host)
      .replace('/run/secrets/', `${folder}/`)
      .replaceAll(/_interval: \d+s/g, '_interval: 1s')
    writeFileSync(file, text)
    writeFileSync(join(folder, 'metrics_token'), token)

    const port = await freePort()
    // The flags of compose.yml, with the folder of the test.
    const flags = (compose.services.prometheus.command ?? []).map((flag) =>
      flag.replace('/etc/prometheus', folder).replace('=/prometheus', `=${join(folder, 'data')}`),
    )
    const args = [...flags, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error']
    const child = spawn('prometheus', args, { stdio: 'inherit' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    try {
      const api = `http://127.0.0.1:${port}/api/v1`
      execFileSync('promtool', ['check', 'config', file])
      assert.equal(await upOf(api), '1')
      const { data } = (await (await fetch(`${api}/rules`)).json()) as { data: { groups: unknown[] } }
      assert.ok(data.groups.length >= 2)
    } finally {
      child.kill()
      await Promise.all([ended, service.end()])
    }
  })
})

/** The value of `up`, once there is one. */
async function upOf(api: string): Promise<string> {
  const giveUpAt = Date.now() + 30_000
  while (Date.now() < giveUpAt) {
    const answer = await fetch(`${api}/query?query=up`).catch(() => undefined)
    const found = answer?.ok
      ? ((await answer.json()) as { data: { result: { value: [number, string] }[] } })
      : undefined
    const value = found?.data.result[0]?.value[1]
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('Prometheus has not scraped the service within 30 s')
}
