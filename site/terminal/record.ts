/** Runs a session against the real service, and keeps what the terminal shows. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import type { Session } from './session.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Recorded {
  command: string
  output: string[]
  /** Time that the command took. */
  ms: number
}

/** The commands with their output. The service listens on a free port, and the output shows 3000 in its place. */
export async function record({ service, commands }: Session): Promise<Recorded[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-terminal-'))
  const port = await freePort()
  const shown = (text: string) =>
    stripVTControlCharacters(text).replaceAll(`:${port}`, ':3000').replaceAll(folder, '.').split(/\r?\n/)
  const start = performance.now()
  const running = startService(service, { PORT: String(port), DATABASE_PATH: join(folder, 'hitrate.sqlite') })
  try {
    const output = await running.hasStarted
    const lines: Recorded[] = [
      { command: service, output: blockOf(shown(output)), ms: performance.now() - start },
    ]
    const variables: string[] = []
    for (const command of commands) {
      const isVariable = /^\w+=/.test(command)
      if (isVariable) variables.push(command.replaceAll(':3000', `:${port}`))
      const script = [...variables, isVariable ? '' : command.replaceAll(':3000', `:${port}`)].join('\n')
      const before = performance.now()
      const { stdout } = await run('bash', ['-c', script], { cwd: folder })
      lines.push({ command, output: shown(stdout.trimEnd()).filter(Boolean), ms: performance.now() - before })
    }
    return lines
  } finally {
    await running.end()
    await rm(folder, { recursive: true, force: true })
  }
}

/** In a pseudo terminal, where the service announces itself in a block of lines. */
function startService(command: string, env: Record<string, string>) {
  const child = spawn(
    'script',
    ['-qefc', `stty cols 100; exec ${command.replace(/^(\w+=\S+ )?/, 'env $1')}`, '/dev/null'],
    {
      cwd: root,
      env: { ...process.env, ...env, FORCE_COLOR: '0', NO_COLOR: '1' },
      detached: true, // a group of its own, so that all its processes end
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  return { hasStarted: firstOutput(child), end: () => endGroup(child) }
}

async function firstOutput(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += String(chunk)
  })
  for (let i = 0; i < 600 && !/\/metrics/.test(text); i++) await pause(100)
  await pause(500) // the rest of the block
  return text
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  const exited = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  await exited
}

/** Lines of the announcement, without those of npm. */
function blockOf(lines: string[]): string[] {
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '' && !/^(>|\$) /.test(line))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
