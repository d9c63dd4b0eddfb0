/**
 * Installs the packages of a folder that has its own package.json, unless they are there in the versions that it pins.
 * The root install stays small this way: large tools and the benchmarks' libraries are fetched by the commands that need them.
 *
 *     node tools/install.mjs tools|bench
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const [name = ''] = process.argv.slice(2)
const folder = fileURLToPath(new URL(`../${name}/`, import.meta.url))
const { dependencies } = readJson(join(folder, 'package.json'))

if (missing().length > 0) {
  console.log(`Installing into ${name}/: ${missing().join(', ')}`)
  install()
  if (missing().length > 0) fail(`${name}/: ${missing().join(', ')} not installed; are install scripts off?`)
}

/** Pinned packages that are absent, have another version, or whose install script has not brought their program. */
function missing() {
  return Object.keys(dependencies).filter((dependency) => {
    const installed = join(folder, 'node_modules', dependency)
    if (!existsSync(join(installed, 'package.json'))) return true
    const { version } = readJson(join(installed, 'package.json'))
    const pinned = dependencies[dependency].replace(/^npm:.+@/, '') // an alias: npm:node@26.10.0
    return version !== pinned || (dependency.startsWith('node-') && !existsSync(join(installed, 'bin/node')))
  })
}

/** Uses Bun where `bun run` started this, npm otherwise. */
function install() {
  const isBun = process.env.npm_config_user_agent?.startsWith('bun')
  const [program, ...args] = isBun ? ['bun', 'install'] : ['npm', 'install', '--no-audit', '--no-fund']
  // The variables that `npm run` sets describe the root package.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)))
  const { status, error } = spawnSync(program, args, { cwd: folder, env, stdio: 'inherit' })
  if (status !== 0) fail(`${name}/: ${program} install failed${error ? `: ${error.message}` : ''}`)
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
