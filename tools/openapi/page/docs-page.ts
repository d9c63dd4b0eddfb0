/** The page of the document: static HTML without scripts, which loads nothing else. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { html, raw } from 'hono/html'
import { HEADERS_OF_ALL } from '../headers.ts'
import type { Document, Header } from '../openapi-types.ts'
import type { Exchange } from '../recorded-answers.ts'
import { type Described, operationSection } from './operation-section.ts'
import { schemaSection } from './schema-text.ts'
import { type Html, inline, paragraphs } from './text.ts'

export interface DocsPage {
  html: string
  /** Value of Content-Security-Policy. */
  policy: string
}

/** HEAD and OPTIONS follow from the other methods, so the text at the top describes them once. */
const METHODS = ['get', 'post', 'put', 'delete'] as const

export async function docsPage(document: Document, exchanges: readonly Exchange[]): Promise<DocsPage> {
  const css = readFileSync(new URL('docs.css', import.meta.url), 'utf8')
  const hash = createHash('sha256').update(css).digest('base64')
  const policy = [
    ...["default-src 'none'", "script-src 'self'", `style-src 'sha256-${hash}'`, 'img-src data:'],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ]
  return { html: String(await page(document, exchanges, css)), policy: policy.join('; ') }
}

function page(document: Document, exchanges: readonly Exchange[], css: string): Html {
  const { info, tags, components } = document
  const operations = describedOperations(document)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API ${info.version}</title>
<link rel="icon" href="data:,">
<link rel="alternate" type="application/json" href="openapi.json">
<style>${raw(css)}</style>
</head>
<body>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1>${info.title} API <small>${info.version}</small></h1>
${paragraphs(String(info.description))}
<p><a href="openapi.json">openapi.json</a> is the same in OpenAPI ${document.openapi}.</p>
</header>
<div class="columns">
<nav aria-label="Contents">
${tags.map(({ name }) => tagLinks(name, operations))}
<strong>More</strong>
<ul><li><a href="#schemas">Schemas</a></li><li><a href="#headers">Response headers</a></li></ul>
</nav>
<main id="operations">
${tags.map(
  ({ name, description }) => html`<section aria-labelledby="tag-${name}">
<h2 id="tag-${name}">${name}</h2>
${paragraphs(description)}
${ofTag(name, operations).map((one) => operationSection(one, components, exchangesOf(one, exchanges)))}</section>
`,
)}<section aria-labelledby="schemas">
<h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => schemaSection(name, schema))}
</section>
<section aria-labelledby="headers">
<h2 id="headers">Response headers</h2>
<p>Any response may have ${inline(HEADERS_OF_ALL.map((name) => `\`${name}\``).join(', '))}. The operations list the others.</p>
${headerList(components.headers)}
</section>
</main>
</div>
</body>
</html>
`
}

function describedOperations({ paths }: Document): Described[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method]
      return operation === undefined ? [] : [{ method, path, operation }]
    }),
  )
}

function ofTag(tag: string, operations: readonly Described[]): Described[] {
  return operations.filter(({ operation }) => operation.tags.includes(tag))
}

function exchangesOf({ method, path }: Described, exchanges: readonly Exchange[]): Exchange[] {
  return exchanges.filter((one) => one.pattern === path && one.method.toLowerCase() === method)
}

function tagLinks(tag: string, operations: readonly Described[]): Html {
  return html`<strong>${tag}</strong>
<ul>
${ofTag(tag, operations).map(
  ({ method, path, operation }) =>
    html`<li><a href="#${operation.operationId}"><span class="method ${method}">${method.toUpperCase()}</span> ${path}</a></li>
`,
)}</ul>
`
}

function headerList(headers: Readonly<Record<string, Header>>): Html {
  return html`<dl>
${Object.entries(headers).map(
  ([name, { description, example }]) => html`<dt id="header-${name.toLowerCase()}">${name}</dt>
<dd>${inline(description)}${example === undefined ? '' : html` For example <code>${example}</code>`}</dd>
`,
)}</dl>`
}
