/** Builds the package that is published: compiles src/exports/ into dist/, writes its manifest, copies its documents. */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { packageManifest } from './package-manifest.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const entries = globSync('**/*.ts', { cwd: join(root, 'src/exports') })
const manifest = packageManifest(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')), entries)

rmSync(dist, { recursive: true, force: true })
const tsc = join(root, 'node_modules/typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '--project', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
for (const document of ['README.md', 'CHANGELOG.md', 'LICENSE'])
  cpSync(join(root, document), join(dist, document))
