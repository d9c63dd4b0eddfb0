/** The files that `npm run dashboard` writes, with their content. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The part of esbuild's API that is used here. */
interface Esbuild {
  build(options: object): Promise<{ outputFiles: { text: string }[] }>
  transform(text: string, options: object): Promise<{ code: string }>
}

const tools = join(import.meta.dirname, '..')
const client = join(tools, '../src/dashboard/client/browser/start.ts')

/** Paths from the root of the repository. Throws if esbuild, which is one of the tools, is not installed. */
export async function dashboardFiles(): Promise<Record<string, string>> {
  const { build, transform } = await esbuild()
  const { outputFiles } = await build({
    entryPoints: [client],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: TARGET,
    charset: 'utf8',
    legalComments: 'none',
  })
  const css = await transform(readFileSync(join(import.meta.dirname, 'dashboard.css'), 'utf8'), {
    loader: 'css',
    minify: true,
    target: TARGET,
  })
  const script = outputFiles[0]?.text ?? ''
  return {
    'src/dashboard/files/dashboard-css.ts': moduleOf('dashboardCss', 'the style sheet', css.code),
    'src/dashboard/files/dashboard-js.ts': moduleOf('dashboardJs', 'the script', script),
    // Cloudflare serves these as static assets.
    'deploy/worker/assets/dashboard.css': css.code,
    'deploy/worker/assets/dashboard.js': script,
  }
}

/** Browsers since May 2024: the style sheet has light-dark(). */
const TARGET = ['chrome123', 'firefox120', 'safari17.5']

async function esbuild(): Promise<Esbuild> {
  const file = createRequire(join(tools, 'package.json')).resolve('esbuild')
  return import(pathToFileURL(file).href)
}

/** A module, because text files cannot be imported on all runtimes. */
function moduleOf(name: string, subject: string, text: string): string {
  return `/** Written by \`npm run dashboard\`: ${subject} of the dashboard. */
export const ${name} = \`${text.trimEnd().replaceAll(/[\\`]|\$\{/g, '\\$&')}\`
`
}
