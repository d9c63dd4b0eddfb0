/** The frame of a chart over time: its axes, its description, a readout on hover, and its figures as a table. */
import { period, timeOfDay } from '../text/durations.ts'
import { type Markup, markup } from '../text/markup.ts'
import { coordinate, type Span, WIDTH, xOf } from './scale.ts'

export interface Chart {
  /** Unique in the page. */
  readonly id: string
  readonly title: string
  /** The picture in words, with its newest figures. */
  readonly description: string
  /** In pixels. */
  readonly height: number
  readonly span: Span
  /** From top to bottom, at equal distances. */
  readonly ticks: readonly string[]
  /** The lines and areas. */
  readonly drawing: Markup
  readonly readouts: readonly Readout[]
  readonly table: Table
}

/** The figures of an interval: lines of text. */
export interface Readout {
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
}

export interface Table {
  readonly columns: readonly string[]
  /** Newest first. */
  readonly rows: readonly (readonly string[])[]
}

/** The drawing stretches with its place, so the texts are HTML beside it. */
export function chartFrame({
  id,
  title,
  description,
  height,
  span,
  ticks,
  drawing,
  readouts,
  table,
}: Chart): Markup {
  return markup`<div class="plot">
<div class="ticks" aria-hidden="true">${ticks.map((tick) => markup`<span>${tick}</span>`)}</div>
<svg role="img" aria-labelledby="${id}-t ${id}-d" width="100%" height="${height}" viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
${gridLines(ticks.length, height)}${drawing}
<path class="axis" d="M0 ${height}H${WIDTH}"/>
${readouts.map((one) => slice(one, span, height))}</svg>
<div class="times" aria-hidden="true"><span>−${period(span.to - span.from)}</span><span>${timeOfDay(span.to)} UTC</span></div>
</div>
<details id="${id}-f" class="figures"><summary>Data<span class="hidden"> of ${title}</span></summary>${tableOf(title, table)}</details>`
}

function gridLines(ticks: number, height: number): Markup {
  const lines = Array.from({ length: ticks - 1 }, (_, index) => coordinate((height * index) / (ticks - 1)))
  return markup`<path class="grid-line" d="${lines.map((y) => `M0 ${y}H${WIDTH}`).join('')}"/>`
}

function slice({ from, to, lines }: Readout, span: Span, height: number): Markup {
  const x = xOf(from, span)
  const right = xOf(to, span)
  if (right <= 0) return markup``
  const text = lines.map((line, index) => (index === 0 ? line : markup`&#10;${line}`))
  return markup`<g class="slice"><title>${timeOfDay(to)} UTC&#10;${text}</title><rect x="${coordinate(x)}" width="${coordinate(right - x)}" height="${height}"/><path d="M${coordinate(right)} 0V${height}"/></g>`
}

function tableOf(title: string, { columns, rows }: Table): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Figures of ${title}"><table>
<thead><tr>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`
}
