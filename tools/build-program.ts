/**
 * Builds the program `hitrate` of the package, with all packages that it uses inside it:
 *
 *     bun tools/build-program.ts <folder>
 *
 * writes `hitrate.js`, which checks the version of Node, the modules it starts, and the licences of the packages inside.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { thirdPartyNotices } from './third-party-notices.ts'

const root = join(import.meta.dirname, '..')
const outdir = resolve(process.argv[2] ?? join(root, 'dist/bin'))

const result = await Bun.build({
  entrypoints: [join(root, 'src/cli/main.ts')],
  outdir,
  target: 'node',
  format: 'esm',
  splitting: true, // `--help` and `check` do not load the proxy
  naming: { entry: 'main.js', chunk: 'chunk-[hash].js' },
  // Names in stack traces stay.
  minify: { whitespace: true, syntax: true, identifiers: false },
  metafile: true,
  plugins: [{ name: 'no path of this machine', setup: withoutFolders }],
})
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const [oldest = ''] = /[\d.]+/.exec(engines.node) ?? [] // '>=22.18'
const launcher = join(outdir, 'hitrate.js')
mkdirSync(outdir, { recursive: true })
writeFileSync(launcher, readFileSync(join(root, 'tools/launcher.js'), 'utf8').replace("'0.0'", `'${oldest}'`))
chmodSync(launcher, 0o755)
writeFileSync(
  join(outdir, 'THIRD-PARTY.txt'),
  thirdPartyNotices(Object.keys(result.metafile?.inputs ?? {}), root),
)

/** Bun puts the folder of a CommonJS module into the bundle. ioredis uses its own only to leave itself out of stack traces. */
function withoutFolders(build: Bun.PluginBuilder): void {
  build.onLoad({ filter: /[\\/]ioredis[\\/]built[\\/].*\.js$/ }, ({ path }) => {
    const contents = readFileSync(path, 'utf8').replaceAll('__dirname', '"ioredis"')
    return { contents, loader: 'js' }
  })
}
