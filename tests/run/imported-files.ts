/** The modules that a file imports, directly or through others. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Imports and re-exports of values, and imports while the program runs. */
const importedNames =
  /^(?:import|export)\s(?!type\b)[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm

/** Reads each file once. */
export class ImportedFiles {
  readonly #names = new Map<string, readonly string[]>()

  /** @param file absolute path */
  reaches(file: string, module: string): boolean {
    const seen = new Set([file])
    for (const one of seen) {
      for (const name of this.#namesIn(one)) {
        if (name === module) return true
        if (name.startsWith('.')) seen.add(join(dirname(one), name))
      }
    }
    return false
  }

  #namesIn(file: string): readonly string[] {
    let names = this.#names.get(file)
    if (names === undefined) {
      const source = existsSync(file) ? readFileSync(file, 'utf8') : ''
      names = [...source.matchAll(importedNames)].map(([, a, b, c]) => a ?? b ?? c ?? '')
      this.#names.set(file, names)
    }
    return names
  }
}
