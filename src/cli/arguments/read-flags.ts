/** Reads a command line against a table of flags. */
import { parseArgs } from 'node:util'
import type { Flag, Flags, Values } from './flags.ts'

export interface FlagsRead<Table extends Flags> {
  values: Values<Table>
  positionals: string[]
}

/** A mistake in the command line. Its message is one line. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The last of several equal flags applies, unless the flag is a list.
 * @throws {UsageError} naming the flag, what is allowed and what was given.
 */
export function readFlags<Table extends Flags>(
  table: Table,
  args: readonly string[],
  environment: Environment,
): FlagsRead<Table> {
  // Not strict, because Node and Bun then have messages of their own; the tokens show every mistake.
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(Object.entries(table).map(([name, flag]) => [name, optionOf(flag)])),
  })
  const positionals: string[] = []
  const values: Record<string, unknown> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const flag = Object.hasOwn(table, token.name) ? table[token.name] : undefined
    if (flag === undefined) throw new UsageError(unknownFlag(token.rawName, table))
    const value = valueGiven(flag, token)
    values[token.name] = flag.multiple ? [...((values[token.name] as unknown[]) ?? []), value] : value
  }
  for (const [name, { parse, variable }] of Object.entries(table)) {
    const text = variable === undefined ? undefined : environment[variable]
    if (text && parse && !(name in values)) values[name] = checked(parse(text), variable ?? name, text, true)
  }
  return { values: values as Values<Table>, positionals }
}

/** The value, or a thrown {@link UsageError}. @param isSecret true if the message must not repeat what was given. */
export function checked<T>(
  parsed: { value: T } | { problem: string },
  name: string,
  text: string,
  isSecret = false,
): T {
  if ('value' in parsed) return parsed.value
  throw new UsageError(`${name} ${parsed.problem}${isSecret ? '' : `, got ${JSON.stringify(text)}`}`)
}

function optionOf({ parse, short }: Flag): { type: 'string' | 'boolean'; short?: string } {
  return { type: parse === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) }
}

/** The part of an option token of `parseArgs` that is used here. */
interface OptionToken {
  rawName: string
  value?: string | undefined
  inlineValue?: boolean | undefined
}

function valueGiven(
  { parse, placeholder, variable }: Flag,
  { rawName, value, inlineValue }: OptionToken,
): unknown {
  if (parse === undefined) {
    if (value === undefined) return true
    throw new UsageError(`${rawName} takes no value, got ${JSON.stringify(value)}`)
  }
  // Without this, `--port --host ::` would take the next flag for the port.
  const isMissing = value === undefined || (!inlineValue && /^--?[a-z]/i.test(value))
  if (isMissing) throw new UsageError(`${rawName} needs a value: ${rawName} <${placeholder}>`)
  return checked(parse(value), rawName, value, variable !== undefined)
}

function unknownFlag(given: string, table: Flags): string {
  const likely = Object.keys(table).find((name) => isSimilar(given.replace(/^-+/, ''), name))
  return `${given} is not an option${likely === undefined ? '' : `; did you mean --${likely}?`}`
}

/** True if one text begins with the other, or if they differ in one place. */
function isSimilar(given: string, name: string): boolean {
  if (given.length < 2) return false
  if (name.startsWith(given) || given.startsWith(name)) return true
  let start = 0
  while (start < given.length && given[start] === name[start]) start++
  let end = 0
  while (end < given.length - start && end < name.length - start && given.at(-1 - end) === name.at(-1 - end))
    end++
  return Math.max(given.length, name.length) - start - end <= 2
}
