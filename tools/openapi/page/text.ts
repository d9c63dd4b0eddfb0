/** Descriptions of the document as HTML. They have paragraphs, lists of one level and code in backticks. */
import { html } from 'hono/html'

/** The type of hono's templates; this page has no asynchronous parts. */
export type Html = ReturnType<typeof html>

/** A description of one or more paragraphs and lists. */
export function paragraphs(text: string): Html[] {
  return text
    .split('\n\n')
    .map((block) =>
      block.startsWith('- ')
        ? html`<ul>${block.split('\n').map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`
        : html`<p>${inline(block)}</p>`,
    )
}

/** A text within a paragraph or a cell. */
export function inline(text: string): (Html | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))
}
