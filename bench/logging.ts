/**
 * Cost of request ids and of the access log: the service as a process, under load, with each setting in turn.
 *
 * The rounds of all settings alternate, so that a disturbance of the machine affects all of them. The CPU time of the server per
 * request is more exact than the requests per second, where other programs use the machine too. With `--against`, the defaults of
 * another checkout take part.
 *
 *     npm run bench:logging -- --rounds 9 --seconds 2 --on bun,node --against ../hitrate-before
 */
import { join, resolve } from 'node:path'
import { command, count, print, thisMachine } from './command.ts'
import { chooseLoad } from './hit/load.ts'
import { type Server, startServer } from './hit/server.ts'
import { describeRuntime, executable, isNode, type Runtime, runtimesIn } from './runtimes.ts'
import { median, perSecond, ratio, spread, us } from './spread.ts'

const { flags, signal, run } = command({
  rounds: '7',
  seconds: '2',
  connections: '32',
  on: 'bun,node',
  loads: 'hit,ids,list',
  settings: 'all',
  against: '',
})

interface Setting {
  title: string
  folder: string
  env: Readonly<Record<string, string>>
}

const here = join(import.meta.dirname, '..')
const settings: Readonly<Record<string, Setting>> = {
  ...(flags.against === ''
    ? {}
    : { against: { title: 'the other checkout', folder: resolve(flags.against), env: {} } }),
  off: { title: 'REQUEST_IDS=off', folder: here, env: { REQUEST_IDS: 'off' } },
  defaults: { title: 'the defaults', folder: here, env: {} },
  all: { title: 'REQUEST_IDS=all', folder: here, env: { REQUEST_IDS: 'all' } },
  log: { title: 'ACCESS_LOG=on', folder: here, env: { ACCESS_LOG: 'on' } },
}

const loads: Readonly<Record<string, { title: string; path: string; headers: Record<string, string> }>> = {
  hit: { title: 'a hit of the front', path: '/api/user/user_001', headers: {} },
  ids: {
    title: 'a hit of the front, whose request has a traceparent',
    path: '/api/user/user_001',
    headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
  },
  list: { title: 'a hit behind the middleware', path: '/api/users?limit=2', headers: {} },
}

interface Figures {
  cpu: number[]
  rate: number[]
}

const load = chooseLoad(executable('bun'))

await run(async () => {
  const rounds = count('rounds', flags.rounds)
  const seconds = count('seconds', flags.seconds)
  const connections = count('connections', flags.connections)
  print(
    `Request ids and access log: ${rounds} rounds of ${seconds} s for each setting, in turn; ${load.name},`,
  )
  print(`${connections} connections. Medians (least–most); ratios to the first row, by round.\n`)
  for (const runtime of runtimesIn(flags.on)) {
    for (const name of flags.loads.split(',')) await compare(runtime, name, { rounds, seconds, connections })
  }
  print(thisMachine())
})

async function compare(
  runtime: Runtime,
  loadName: string,
  { rounds, seconds, connections }: Record<'rounds' | 'seconds' | 'connections', number>,
): Promise<void> {
  const kind = loads[loadName]
  if (kind === undefined) throw new TypeError(`--loads must name ${Object.keys(loads)}, got ${loadName}`)
  const chosen = flags.settings === 'all' ? Object.keys(settings) : flags.settings.split(',')
  const running: { setting: Setting; server: Server; figures: Figures }[] = []
  const options = { connections, headers: kind.headers, isMiss: false, signal }
  try {
    for (const name of chosen) {
      const setting = settings[name]
      if (setting === undefined)
        throw new TypeError(`--settings must name ${Object.keys(settings)}, got ${name}`)
      const server = await start(runtime, setting)
      running.push({ setting, server, figures: { cpu: [], rate: [] } })
      for (const _ of [1, 2, 3]) await (await fetch(server.url + kind.path)).text()
      await load.run(server.url + kind.path, { ...options, seconds: 2 })
    }
    for (let round = 0; round < rounds; round++) {
      const first = round % running.length
      for (const { server, figures } of [...running.slice(first), ...running.slice(0, first)]) {
        const before = server.cpuSeconds() ?? Number.NaN
        const { requests, perSecond } = await load.run(server.url + kind.path, { ...options, seconds })
        figures.cpu.push((((server.cpuSeconds() ?? Number.NaN) - before) * 1e9) / requests)
        figures.rate.push(perSecond)
      }
    }
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()))
  }
  print(`${await describeRuntime(runtime, signal)}: ${kind.title}`)
  const base = running[0]?.figures
  for (const { setting, figures } of running) {
    const cpu = `${spread(figures.cpu, us)} of CPU, ${ratio(ratioTo(figures.cpu, base?.cpu))} times`
    const rate = `${spread(figures.rate, perSecond)}, ${ratio(ratioTo(figures.rate, base?.rate))} times`
    print(`  ${setting.title.padEnd(20)} ${cpu.padEnd(44)} ${rate}`)
  }
  print('')
}

function start(runtime: Runtime, { folder, env }: Setting): Promise<Server> {
  const program = join(folder, 'src/service/runtimes', isNode(runtime) ? 'node.ts' : 'bun.ts')
  const common = { PORT: '0', DATABASE_URL: 'memory:', NODE_NO_WARNINGS: '1' }
  return startServer(executable(runtime), program, { env: { ...common, ...env }, signal })
}

function ratioTo(values: readonly number[], base: readonly number[] = []): number {
  return median(values.map((value, i) => value / (base[i] ?? Number.NaN)))
}
