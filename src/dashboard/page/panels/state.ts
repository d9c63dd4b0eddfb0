/** A state as a word, beside a sign that has a shape and a colour for each state. */
import { type Markup, markup } from '../text/markup.ts'

export function badge(isGood: boolean, text: string): Markup {
  return markup`<span class="badge ${isGood ? 'good' : 'bad'}"><svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">${
    isGood ? markup`<circle cx="5" cy="5" r="4"/>` : markup`<path d="M5 .5 9.8 9.5H.2Z"/>`
  }</svg>${text}</span>`
}
