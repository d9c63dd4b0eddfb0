/** One operation as a section of the page. */
import { html } from 'hono/html'
import { HEADERS_OF_ALL } from '../headers.ts'
import type { Answer, Document, MediaType, Operation, Parameter, Ref } from '../openapi-types.ts'
import type { Exchange } from '../recorded-answers.ts'
import { curlOf, responseOf } from './exchange-text.ts'
import { limitsOf, typeOf } from './schema-text.ts'
import { type Html, inline, paragraphs } from './text.ts'

/** A method and a path with the operation. */
export interface Described {
  method: string
  path: string
  operation: Operation
}

type Components = Document['components']

export function operationSection(
  { method, path, operation }: Described,
  components: Components,
  exchanges: readonly Exchange[],
): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation
  return html`<article id="${operationId}">
<h3><a href="#${operationId}"><span class="method ${method}">${method.toUpperCase()}</span> ${path}</a></h3>
<p class="title">${summary}</p>
${paragraphs(description)}
${tokenText(operation, components)}
${exchanges.map(exampleOf)}
${parameterTable(parameters.map((one) => resolved(one, components.parameters)))}
${requestBody === undefined ? '' : html`<h4>Body</h4><p>${inline(requestBody.description)} ${contentOf(requestBody.content)}</p>`}
<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
${Object.entries(responses).map(([status, response]) => responseRow(status, resolved(response, components.responses)))}</tbody>
</table>
</article>
`
}

function resolved<Part extends object>(part: Part | Ref, all: Readonly<Record<string, Part>>): Part {
  if (!('$ref' in part)) return part
  const found = all[part.$ref.slice(part.$ref.lastIndexOf('/') + 1)]
  if (found === undefined) throw new Error(`There is no component ${part.$ref}`)
  return found
}

/** The token that an operation needs, from the description of its security scheme. */
function tokenText({ security }: Operation, { securitySchemes }: Components): Html | string {
  const names = (security ?? []).flatMap((one) => Object.keys(one))
  return (
    names.map((name) => html`<p>Token: ${inline(String(securitySchemes[name]?.description))}</p>`)[0] ?? ''
  )
}

function parameterTable(all: readonly Parameter[]): Html | string {
  const parameters = all.filter(({ name }) => !HEADERS_OF_ALL.includes(name))
  if (parameters.length === 0) return ''
  return html`<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${parameters.map(
  ({
    name,
    in: place,
    required,
    schema,
    description,
  }) => html`<tr><th scope="row"><code>${name}</code> <small>${place}${required === true ? '' : ', optional'}</small></th>
<td>${typeOf(schema)}<small>${limitsOf(schema)}</small></td><td>${inline(description)}</td></tr>
`,
)}</tbody>
</table>`
}

function responseRow(status: string, { description, headers, content = {} }: Answer): Html {
  const names = Object.keys(headers).filter((name) => !HEADERS_OF_ALL.includes(name))
  return html`<tr><th scope="row">${status}</th>
<td>${inline(description)}${headerLinks(names)}</td>
<td>${contentOf(content)}</td></tr>
`
}

function headerLinks(names: readonly string[]): Html | string {
  if (names.length === 0) return ''
  const links = names.map((name) => html`<a href="#header-${name.toLowerCase()}">${name}</a>`)
  return html`<small>Headers: ${links.map((link, index) => (index === 0 ? link : html`, ${link}`))}</small>`
}

/** The schema and the media type of a body. */
function contentOf(content: Readonly<Record<string, MediaType>>): Html[] {
  return Object.entries(content).map(([type, { schema }]) => html`${typeOf(schema)}<small>${type}</small>`)
}

/** The first example is open, so that a reader sees a request and its response at once. */
function exampleOf(exchange: Exchange, index: number): Html {
  return html`<details${index === 0 ? ' open' : ''}>
<summary>${exchange.summary} (${exchange.status})</summary>
<pre><code>$ ${curlOf(exchange)}
${responseOf(exchange)}</code></pre>
</details>
`
}
