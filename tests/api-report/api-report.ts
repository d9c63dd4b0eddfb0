/**
 * The public API, one report per entry of the package: its exports, then the other declarations of this project that they
 * refer to, each sorted by name and without comments. A changed signature is a small diff there.
 *
 * It reads emitted declarations through TypeScript's own API, which is marked unstable; the pinned compiler keeps it steady.
 */
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { API } from 'typescript/unstable/sync'
import { byName, type Declaration, Declarations, type Export, type ForeignName } from './declarations.ts'

const root = join(import.meta.dirname, '../..')

/** Reports by the path of their entry below src/exports/, such as `stores/redis`. */
export function apiReports(): Map<string, string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hitrate-api-')))
  try {
    emitDeclarations(folder)
    return reportsOf(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function emitDeclarations(folder: string): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const flags = ['--emitDeclarationOnly', '--removeComments', '--outDir', folder]
  execFileSync(process.execPath, [tsc, '--project', join(root, 'tsconfig.build.json'), ...flags])
}

/** @param folder the emitted declarations */
function reportsOf(folder: string): Map<string, string> {
  const config = join(folder, 'tsconfig.json')
  const compilerOptions = { module: 'nodenext', target: 'es2024', lib: ['es2024'], types: [] }
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ['exports'] }))
  const api = new API({ cwd: folder })
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    if (project === undefined) throw new Error(`TypeScript did not open ${config}`)
    const declarations = new Declarations(project, folder)
    const exportsOf = (entry: string) => declarations.exportsOf(join(folder, 'exports', `${entry}.d.ts`))
    return reportEntries(new Map(entriesIn(folder).map((entry) => [entry, exportsOf(entry)])))
  } finally {
    api.close()
  }
}

/** `index` comes last, because it exports again what other entries export. */
function entriesIn(folder: string): string[] {
  const files = globSync('**/*.d.ts', { cwd: join(folder, 'exports') })
  const entries = files.map((file) => file.replaceAll('\\', '/').replace(/\.d\.ts$/, ''))
  return [...entries.filter((entry) => entry !== 'index').sort(), 'index']
}

function reportEntries(exportsOf: ReadonlyMap<string, readonly Export[]>): Map<string, string> {
  /** The first entry that exports a declaration shows it; others refer to that entry. */
  const shownBy = new Map<Declaration, string>()
  for (const [entry, exports] of exportsOf) {
    for (const { name, declaration } of exports) {
      if (name === declaration.name && !shownBy.has(declaration)) shownBy.set(declaration, entry)
    }
  }
  return new Map([...exportsOf].map(([entry, exports]) => [entry, reportEntry(entry, exports, shownBy)]))
}

function reportEntry(
  entry: string,
  exports: readonly Export[],
  shownBy: ReadonlyMap<Declaration, string>,
): string {
  const path = packagePath(entry)
  const pathOf = (declaration: Declaration) => packagePath(shownBy.get(declaration) ?? entry)
  const own = exports.filter(({ declaration }) => pathOf(declaration) === path)
  const exportedAgain = exports.filter(({ declaration }) => pathOf(declaration) !== path)

  const shown = new Set(own.map(({ declaration }) => declaration))
  const imported = new Set<Declaration>()
  // The loop reaches the declarations that it adds to the set, too.
  for (const { references } of shown) {
    for (const one of references) (pathOf(one) === path ? shown : imported).add(one)
  }
  const internal = [...shown].filter((declaration) => !own.some((one) => one.declaration === declaration))
  const imports = [
    ...[...shown].flatMap(({ foreign }) => foreign),
    ...[...imported].map((declaration) => ({ module: pathOf(declaration), name: declaration.name })),
  ]
  const parts = [
    `// The public API of ${path}. "npm run api" writes this file, and a test compares it with the sources.`,
    ...clauses('import', imports),
    ...clauses(
      'export',
      exportedAgain.map(({ name, declaration }) => ({ module: pathOf(declaration), name })),
    ),
    ...own.map(exportText),
    internal.length > 0 ? '// Not exported, but part of the types above' : '',
    ...internal.sort(byName).map(({ statements }) => statements.join('\n')),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function exportText({ name, declaration, isTypeOnly }: Export): string {
  const { name: local, statements } = declaration
  if (name !== local) return [...statements, `export { ${local} as ${name} };`].join('\n')
  const remark = isTypeOnly ? ['// As a type only'] : []
  return [...remark, ...statements.map((statement) => `export ${statement}`)].join('\n')
}

/** One clause per module: `import { Context, Hono } from 'hono';`. */
function clauses(keyword: 'import' | 'export', names: readonly ForeignName[]): string[] {
  const byModule = new Map<string, Set<string>>()
  for (const { module, name } of names) {
    byModule.set(module, (byModule.get(module) ?? new Set()).add(name))
  }
  const sorted = [...byModule].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([module, set]) => {
    const list = [...set].sort().map((name) => `  ${name},\n`)
    return `${keyword} {\n${list.join('')}} from '${module}';`
  })
}

function packagePath(entry: string): string {
  return entry === 'index' ? 'hitrate' : `hitrate/${entry}`
}
