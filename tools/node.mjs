/**
 * Runs a TypeScript program on a Node that can: the one that runs this file, or the pinned one in node_modules.
 * This file itself runs on Node 18 and up, so an old Node prints which version is needed, not ERR_UNKNOWN_FILE_EXTENSION.
 *
 *     node tools/node.mjs src/service/runtimes/node.ts
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const pinned = join(root, 'node_modules/node/bin/node')
const { engines, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const [oldest] = /[\d.]+/.exec(engines.node) // '>=22.18'
const program = resolve(process.argv[2] ?? '')

if (isNewEnough(process.versions.node)) await runHere()
else if (existsSync(pinned)) runOnPinned()
else {
  console.error(
    `${process.argv[2]} needs Node ${oldest} or newer; this is Node ${process.versions.node}, and node_modules has no Node.\n` +
      `Node ${devDependencies.node} comes with "npm install", by an install script: were install scripts skipped?`,
  )
  process.exitCode = 1
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor = 0] = oldest.split('.').map(Number)
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
}

/** In this process, so that signals and the exit code need no forwarding. */
async function runHere() {
  process.argv.splice(1, 2, program)
  await import(pathToFileURL(program).href)
}

function runOnPinned() {
  const args = [...process.execArgv, program, ...process.argv.slice(3)]
  const child = spawn(pinned, args, { stdio: 'inherit' })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGINT', () => {}) // the terminal sends it to both processes
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}
