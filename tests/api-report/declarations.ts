/** The declarations behind the exports of a module, read through TypeScript's API. */
import type { Node } from 'typescript/unstable/ast'
import {
  isExportDeclaration,
  isExportSpecifier,
  isIdentifier,
  isImportDeclaration,
  isSourceFile,
  isStringLiteral,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is'
import { type Project, SymbolFlags, type Symbol as TypeScriptSymbol } from 'typescript/unstable/sync'

export interface Declaration {
  readonly name: string
  /** Without `export`; several for overloads. */
  readonly statements: readonly string[]
  /** Other declarations of the same folder. */
  readonly references: ReadonlySet<Declaration>
  /** Names from packages. */
  readonly foreign: readonly ForeignName[]
}

export interface ForeignName {
  readonly module: string
  readonly name: string
}

export interface Export {
  readonly name: string
  readonly declaration: Declaration
  /** A class, function or constant that only `export type` exports. */
  readonly isTypeOnly: boolean
}

export class Declarations {
  readonly #project: Project
  readonly #folder: string
  readonly #bySymbol = new Map<TypeScriptSymbol, Declaration>()

  /** @param folder holds all declarations that are read; others are foreign */
  constructor(project: Project, folder: string) {
    this.#project = project
    this.#folder = folder.replaceAll('\\', '/')
  }

  /** @param file a module of the folder; its exports are returned sorted by name. */
  exportsOf(file: string): Export[] {
    const { checker, program } = this.#project
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} is not a module`)
    const exports = checker.getExportsOfModule(module).map((symbol): Export => {
      const target = this.#targetOf(symbol)
      const isTypeOnly = (target.flags & SymbolFlags.Value) !== 0 && isTypeExport(symbol)
      return { name: symbol.name, declaration: this.#declarationOf(target), isTypeOnly }
    })
    return exports.sort(byName)
  }

  #targetOf(symbol: TypeScriptSymbol): TypeScriptSymbol {
    return (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : this.#project.checker.getAliasedSymbol(symbol)
  }

  #declarationOf(symbol: TypeScriptSymbol): Declaration {
    const known = this.#bySymbol.get(symbol)
    if (known !== undefined) return known
    const statements = nodesOf(symbol).map(statementOf)
    const references = new Set<Declaration>()
    const foreign: ForeignName[] = []
    const texts = statements.map((statement) => statement.getText().replace(/^export /, ''))
    const declaration = { name: symbol.name, statements: texts, references, foreign }
    this.#bySymbol.set(symbol, declaration) // first, because types refer to themselves
    for (const used of new Set(statements.flatMap((statement) => this.#symbolsIn(statement)))) {
      const target = this.#targetOf(used)
      const imported = foreignName(used)
      if (imported !== undefined) foreign.push(imported)
      else if (target !== symbol && this.#isTopLevel(target)) references.add(this.#declarationOf(target))
    }
    return declaration
  }

  #symbolsIn(statement: Node): TypeScriptSymbol[] {
    const symbols = this.#project.checker.getSymbolAtLocation(identifiersIn(statement))
    return symbols.filter((symbol) => symbol !== undefined)
  }

  /** False for members, parameters, type parameters, and the types of JavaScript itself. */
  #isTopLevel(symbol: TypeScriptSymbol): boolean {
    return nodesOf(symbol).some((node) => {
      const { parent } = statementOf(node)
      return parent !== undefined && isSourceFile(parent) && parent.fileName.startsWith(this.#folder)
    })
  }
}

export function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : Number(a.name > b.name)
}

function nodesOf(symbol: TypeScriptSymbol): Node[] {
  return symbol.declarations.map((handle) => handle.resolve()).filter((node) => node !== undefined)
}

/** Of `const x: X` the symbol's node is `x: X`, two levels below the statement. */
function statementOf(node: Node): Node {
  return isVariableDeclaration(node) ? node.parent.parent : node
}

function identifiersIn(node: Node): Node[] {
  const identifiers: Node[] = []
  const visit = (child: Node): void => {
    if (isIdentifier(child)) identifiers.push(child)
    child.forEachChild(visit)
  }
  visit(node)
  return identifiers
}

/** `export type { X } from` or `export { type X } from`. */
function isTypeExport(symbol: TypeScriptSymbol): boolean {
  return nodesOf(symbol).some((node) => {
    if (!isExportSpecifier(node)) return false
    const clause = node.parent.parent
    return node.isTypeOnly || (isExportDeclaration(clause) && clause.isTypeOnly)
  })
}

/**
 * The package and name of an import from a package. The specifier decides, because a folder above the temporary one may contain
 * the package, and the import then resolves.
 */
function foreignName(symbol: TypeScriptSymbol): ForeignName | undefined {
  for (const node of nodesOf(symbol)) {
    let ancestor: Node | undefined = node
    while (ancestor !== undefined && !isImportDeclaration(ancestor)) ancestor = ancestor.parent
    if (ancestor !== undefined && isStringLiteral(ancestor.moduleSpecifier)) {
      const module = ancestor.moduleSpecifier.text
      return module.startsWith('.') ? undefined : { module, name: symbol.name }
    }
  }
  return undefined
}
