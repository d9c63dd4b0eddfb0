/** One box of the page: a heading and its content. */
import { type Markup, markup, type Part } from '../text/markup.ts'

export interface Panel {
  /** Unique in the page. */
  readonly id: string
  readonly title: string
  /** Meaning of the figures, on hover and for screen readers. */
  readonly hint?: string
  /** Class of the style sheet, which gives the place in the grid. */
  readonly kind: string
  /** Beside the title. */
  readonly aside?: Part
  readonly body: Part
}

export function panel({ id, title, hint, kind, aside, body }: Panel): Markup {
  return markup`<section class="panel ${kind}" id="${id}" aria-labelledby="${id}-h">
<header><h3 id="${id}-h"${hint !== undefined && markup` title="${hint}"`}>${title}</h3>${aside !== undefined && markup`<div class="aside">${aside}</div>`}</header>
${body}
</section>
`
}

/** Text in the place of figures that are not there. */
export function empty(text: string): Markup {
  return markup`<p class="empty">${text}</p>`
}

/** Short terms with their values, in two columns. */
export function terms(rows: readonly (readonly [Part, Part])[]): Markup {
  return markup`<dl class="terms">${rows.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
