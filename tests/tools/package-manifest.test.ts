import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packageManifest } from '../../tools/package-manifest.ts'

describe('the manifest of the published package', () => {
  it('has the fields that describe the package, and none of the app', () => {
    const app = { private: true, scripts: {}, dependencies: { zod: '4.6.7' }, devDependencies: {} }
    const shared = { name: 'hitrate', version: '1.2.3', sideEffects: false, peerDependencies: { hono: '^4' } }
    assert.deepEqual(packageManifest({ ...app, ...shared }, []), {
      ...shared,
      bin: { hitrate: 'bin/hitrate.js' },
      exports: { './package.json': './package.json' },
    })
  })

  it('exports each entry under its path, and index as the package itself', () => {
    assert.deepEqual(packageManifest({}, ['stores/redis.ts', 'index.ts']).exports, {
      '.': { types: './exports/index.d.ts', default: './exports/index.js' },
      './stores/redis': { types: './exports/stores/redis.d.ts', default: './exports/stores/redis.js' },
      './package.json': './package.json',
    })
  })
})
