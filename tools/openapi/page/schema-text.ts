/** Schemas as short texts and as tables. */
import { html } from 'hono/html'
import type { Schema } from '../openapi-types.ts'
import { type Html, inline, paragraphs } from './text.ts'

/** The type of a value in a few words, with a link for a schema that has a section. */
export function typeOf(schema: Schema): Html {
  const { $ref, type, items, oneOf, anyOf, additionalProperties } = schema
  if (typeof $ref === 'string') return linkTo($ref)
  if ('const' in schema) return html`<code>${JSON.stringify(schema.const)}</code>`
  if (Array.isArray(schema.enum))
    return joined(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`))
  const choices = oneOf ?? (type === undefined ? anyOf : undefined)
  if (Array.isArray(choices)) return joined(choices.map(typeOf))
  if (type === 'array') return html`array of ${typeOf(items as Schema)}`
  if (type === 'object' && typeof additionalProperties === 'object')
    return html`object with values ${typeOf(additionalProperties as Schema)}`
  return html`${String(type ?? 'any')}`
}

function linkTo(ref: string): Html {
  const name = ref.slice(ref.lastIndexOf('/') + 1)
  return html`<a href="#schema-${name}">${name}</a>`
}

function joined(parts: Html[]): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html` or ${part}`))}`
}

/** The limits of a value, as a list with commas. */
export function limitsOf(schema: Schema): string {
  const limits: [name: string, text: (value: unknown) => string][] = [
    ['minimum', (value) => `at least ${value}`],
    ['maximum', (value) => `at most ${value}`],
    ['exclusiveMinimum', (value) => `more than ${value}`],
    ['minLength', (value) => `at least ${value} ${value === 1 ? 'character' : 'characters'}`],
    ['maxLength', (value) => `at most ${value} characters`],
    ['minItems', (value) => `at least ${value} ${value === 1 ? 'item' : 'items'}`],
    ['maxItems', (value) => `at most ${value} items`],
    ['format', (value) => `format ${value}`],
    ['default', (value) => `default ${value}`],
  ]
  return limits.flatMap(([name, text]) => (name in schema ? [text(schema[name])] : [])).join(', ')
}

/** The section of a schema. */
export function schemaSection(name: string, schema: Schema): Html {
  const { description, properties, required = [] } = schema
  const members = Object.entries((properties ?? {}) as Record<string, Schema>)
  return html`<article id="schema-${name}">
<h3>${name}</h3>
${paragraphs(String(description))}
${members.length > 0 ? memberTable(members, required as string[]) : html`<p>${typeOf(schema)}${withComma(limitsOf(schema))}${patternOf(schema)}</p>`}
</article>`
}

function memberTable(members: [name: string, schema: Schema][], required: readonly string[]): Html {
  return html`<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${members.map(
  ([
    name,
    schema,
  ]) => html`<tr><th scope="row"><code>${name}</code>${required.includes(name) ? '' : html` <small>optional</small>`}</th>
<td>${typeOf(schema)}<small>${limitsOf(schema)}</small></td><td>${inline(String(schema.description ?? ''))}</td></tr>
`,
)}</tbody>
</table>`
}

function withComma(text: string): string {
  return text === '' ? '' : `, ${text}`
}

function patternOf({ pattern }: Schema): Html | string {
  return typeof pattern === 'string' ? html`, matching <code>${pattern}</code>` : ''
}
