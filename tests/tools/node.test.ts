/** tools/node.mjs in a copy of its surroundings, where the required version and the pinned Node are the test's. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, it } from 'node:test'

const source = join(import.meta.dirname, '../../tools/node.mjs')

/** Prints its arguments; ends with 3, or with the number of the signal that it gets while it waits. */
const program = `
const [first = ''] = process.argv.slice(2)
process.on('SIGTERM', () => process.exit(15))
process.stdout.write(JSON.stringify(process.argv.slice(2)))
if (first === 'wait') setInterval(() => {}, 1000)
else process.exitCode = 3 as number
`

describe('tools/node.mjs', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hitrate-node-'))
    mkdirSync(join(folder, 'tools'))
    cpSync(source, join(folder, 'tools/node.mjs'))
    writeFileSync(join(folder, 'program.ts'), program)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('runs the program with its arguments and exit code', async () => {
    requireNode('>=22.18')
    assert.deepEqual(await start('a', '--b').ended, { code: 3, stdout: '["a","--b"]', stderr: '' })
  })

  it('starts the pinned Node where its own is too old', async () => {
    requireNode('>=999')
    pinNode()
    assert.deepEqual(await start('a', '--b').ended, { code: 3, stdout: '["a","--b"]', stderr: '' })
  })

  it('forwards SIGTERM to the pinned Node', async () => {
    requireNode('>=999')
    pinNode()
    const { child, ended } = start('wait')
    child.stdout.once('data', () => child.kill('SIGTERM'))
    assert.equal((await ended).code, 15)
  })

  it('names the version that is needed where there is no pinned Node', async () => {
    requireNode('>=999.1')
    const { code, stderr } = await start().ended
    assert.equal(code, 1)
    assert.equal(
      stderr,
      `program.ts needs Node 999.1 or newer; this is Node ${process.versions.node}, and node_modules has no Node.\n` +
        'Node 1000.0.0 comes with "npm install", by an install script: were install scripts skipped?\n',
    )
  })

  function requireNode(version: string): void {
    const manifest = { engines: { node: version }, devDependencies: { node: '1000.0.0' } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  }

  function pinNode(): void {
    mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true })
    symlinkSync(process.execPath, join(folder, 'node_modules/node/bin/node'))
  }

  function start(...args: string[]) {
    const child = spawn(process.execPath, ['tools/node.mjs', 'program.ts', ...args], {
      cwd: folder,
      env: { NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text
      })
    }
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, ...output })),
    )
    return { child, ended }
  }
})
