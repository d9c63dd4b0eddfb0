/**
 * Starts VitePress, which needs Node 20 or newer and this folder as its working directory.
 *
 *     node tools/node.mjs site/run.ts dev|build|preview
 */
import { fileURLToPath, pathToFileURL } from 'node:url'

process.chdir(fileURLToPath(new URL('.', import.meta.url)))
const program = fileURLToPath(new URL('node_modules/vitepress/bin/vitepress.js', import.meta.url))
process.argv.splice(1, 1, program)
await import(pathToFileURL(program).href)
