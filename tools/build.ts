/** Builds the package that is published: compiles src/exports/ into dist/, bundles its program, writes its manifest, copies its documents. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { packageDocument } from './package-document.ts'
import { packageManifest } from './package-manifest.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const entries = globSync('**/*.ts', { cwd: join(root, 'src/exports') })
const app = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const manifest = packageManifest(app, entries)
const repository = app.repository.url.replace(/^git\+|\.git$/g, '')

rmSync(dist, { recursive: true, force: true })
const tsc = join(root, 'node_modules/typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '--project', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
execFileSync(join(root, 'node_modules/.bin/bun'), [join(root, 'tools/build-program.ts'), join(dist, 'bin')], {
  stdio: 'inherit',
})
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
for (const document of ['README.md', 'CHANGELOG.md']) {
  const text = packageDocument(readFileSync(join(root, document), 'utf8'), repository, `v${app.version}`)
  writeFileSync(join(dist, document), text)
}
copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'))
