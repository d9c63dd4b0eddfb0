/** Markup that escapes each value of its template, so that no key, route or name becomes a tag. */
import { printable } from './printable.ts'

/** Text that may stand in a page as it is. Only {@link markup} makes it. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Lists are joined without a separator; `undefined` and `false` are empty. */
export type Part = Markup | string | number | undefined | false | readonly Part[]

/**
 * Tag of template strings. Values are safe as content and in quoted attributes; not as names, URLs or script.
 *
 * @example markup`<td title="${key}">${key}</td>`
 */
export function markup(parts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + textOf(values[index - 1]) + part))
}

function textOf(value: Part): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'string') return escaped(printable(value))
  if (typeof value === 'number') return String(value)
  return value.map(textOf).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
