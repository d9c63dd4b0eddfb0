/** The package.json of the published package, made from the root's, which is the app's. */

type Manifest = Readonly<Record<string, unknown>>

/** Fields that are the same in both. */
const shared = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'author',
  'homepage',
  'repository',
  'bugs',
  'type',
  'engines',
  'sideEffects',
  'peerDependencies',
  'peerDependenciesMeta',
]

/**
 * @param root the root's package.json
 * @param entries paths of the source files below src/exports/, each of which is a subpath of the package
 */
export function packageManifest(root: Manifest, entries: readonly string[]): Manifest {
  const manifest: Record<string, unknown> = {}
  for (const field of shared) if (field in root) manifest[field] = root[field]
  manifest.bin = { hitrate: 'bin/hitrate.js' }
  manifest.exports = {
    ...Object.fromEntries(entries.map(exportOf).sort(([a], [b]) => (a < b ? -1 : 1))),
    './package.json': './package.json',
  }
  return manifest
}

function exportOf(entry: string): [string, { types: string; default: string }] {
  const path = entry.replaceAll('\\', '/').replace(/\.ts$/, '')
  const subpath = path === 'index' ? '.' : `./${path}`
  return [subpath, { types: `./exports/${path}.d.ts`, default: `./exports/${path}.js` }]
}
