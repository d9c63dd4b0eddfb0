/**
 * Sizes of what users bundle, against the budgets of bundle-budget.json: by esbuild, minified, gzip -9, hono left out.
 * esbuild is what wrangler and Vite bundle with; it is one of the tools/, in the version that wrangler brings anyway.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { importTool } from './support/tools.ts'

interface Budget {
  name: string
  /** An import statement; every name that it imports is used. */
  imports: string
  /** Of the gzipped bundle. */
  maxBytes: number
}

/** The part of esbuild's API that is used here. */
interface Esbuild {
  build(options: object): Promise<{ outputFiles: { contents: Uint8Array }[] }>
}

const root = join(import.meta.dirname, '..')
const budgets: Budget[] = JSON.parse(readFileSync(join(import.meta.dirname, 'bundle-budget.json'), 'utf8'))
const { build } = await importTool<Esbuild>('esbuild')

describe('the size of a bundle', () => {
  for (const { name, imports, maxBytes } of budgets) {
    it(`is within its budget: ${name}`, async (t) => {
      const { bundled, gzipped } = await sizeOf(imports)
      const sizes = `${name}: ${gzipped} bytes gzipped (${bundled} minified), budget ${maxBytes}`
      t.diagnostic(sizes)
      assert.ok(gzipped <= maxBytes, sizes)
    })
  }
})

async function sizeOf(imports: string): Promise<{ bundled: number; gzipped: number }> {
  const { outputFiles } = await build({
    stdin: {
      contents: `${fromSources(imports)}\nexport { ${namesIn(imports)} }`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['hono', 'hono/*', 'node:*'],
  })
  const contents = outputFiles[0]?.contents ?? assert.fail('esbuild wrote nothing')
  return { bundled: contents.length, gzipped: gzipSync(contents, { level: 9 }).length }
}

/** `hitrate/x` as the source file of that subpath. */
function fromSources(imports: string): string {
  return imports.replace(/'hitrate(?:\/([^']+))?'/, (_, subpath = 'index') => `'./src/exports/${subpath}.ts'`)
}

/** The names that an import statement declares. */
function namesIn(imports: string): string {
  return (
    /import (?:\* as )?\{? *(.+?) *\}? from/.exec(imports)?.[1] ?? assert.fail(`not an import: ${imports}`)
  )
}
