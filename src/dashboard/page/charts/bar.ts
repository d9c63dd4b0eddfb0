/** A horizontal bar for a ratio. Its width is an attribute of SVG, because the policy of the page forbids inline styles. */
import { type Markup, markup } from '../text/markup.ts'

/** @param ratio from 0 to 1 @param kind class of the style sheet; the figure stands beside the bar as text */
export function bar(ratio: number, kind: string): Markup {
  const width = Math.round(Math.min(1, Math.max(0, ratio)) * 1000) / 10
  return markup`<svg class="bar ${kind}" width="100%" height="8" aria-hidden="true"><rect class="room" width="100%" height="8" rx="2"/><rect class="filled" width="${width}%" height="8" rx="2"/></svg>`
}
