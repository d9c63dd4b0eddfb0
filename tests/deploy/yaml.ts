/** Parses YAML with the parser of Bun, because Node has none. */
import { execFileSync } from 'node:child_process'
import { bin } from '../runtimes/running-service.ts'

/** @throws {Error} when a file is no valid YAML. */
export function parseYaml(...files: readonly string[]): unknown[] {
  const program =
    'console.log(JSON.stringify(await Promise.all(process.argv.slice(1).map(async (file) => Bun.YAML.parse(await Bun.file(file).text())))))'
  return JSON.parse(execFileSync(bin('bun'), ['-e', program, ...files], { encoding: 'utf8' }))
}
