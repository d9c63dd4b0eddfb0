/** Draws a recorded session as an SVG that types and prints as the terminal did. Without animation it shows the end. */
import type { Recorded } from './record.ts'

const COLUMN = 8.1
const ROW = 20
const [LEFT, TOP] = [18, 52]
/** Seconds that a typed character takes, and the pause before a command. */
const [TYPING, PAUSE] = [0.012, 0.3]
/** A command that takes longer is shortened to this many seconds. */
const LONGEST = 0.5

interface Row {
  text: string
  isCommand: boolean
  /** Second at which it appears. */
  at: number
}

export function terminalSvg(lines: readonly Recorded[]): string {
  const rows = rowsOf(lines)
  const columns = Math.max(...rows.map(({ text }) => text.length))
  const [width, height] = [Math.ceil(2 * LEFT + columns * COLUMN), TOP + rows.length * ROW + 10]
  const label =
    'A terminal: the service starts; a first request waits for the database, the next ones are hits and a 304; 300 more requests cause one load'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<style>
text { font: 13.5px ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #c9d1d9; white-space: pre }
.command { fill: #ffffff; font-weight: 600 }
.prompt, .good { fill: #56d364 }
.slow { fill: #e3b341 }
g { animation: appear 1ms linear both }
@keyframes appear { from { opacity: 0 } to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { g { animation: none } }
</style>
<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>
<g><circle cx="22" cy="22" r="6" fill="#30363d"/><circle cx="42" cy="22" r="6" fill="#30363d"/><circle cx="62" cy="22" r="6" fill="#30363d"/></g>
${rows.map(drawRow).join('\n')}
</svg>
`
}

function rowsOf(lines: readonly Recorded[]): Row[] {
  let at = 0
  return lines.flatMap(({ command, output, ms }) => {
    at += PAUSE
    const typed: Row = { text: `$ ${command}`, isCommand: true, at }
    at += command.length * TYPING + Math.min(ms / 1000, LONGEST)
    return [typed, ...output.map((text) => ({ text, isCommand: false, at }))]
  })
}

function drawRow({ text, isCommand, at }: Row, i: number): string {
  const place = `x="${LEFT}" y="${TOP + i * ROW + 8}" textLength="${(text.length * COLUMN).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`
  const spans = isCommand
    ? `<tspan class="prompt">$ </tspan><tspan class="command">${escaped(text.slice(2))}</tspan>`
    : `<tspan${classOf(text)}>${escaped(text)}</tspan>`
  return `<g style="animation-delay:${at.toFixed(2)}s"><text ${place} xml:space="preserve">${spans}</text></g>`
}

/** Hits are green, and what waited for the database is yellow. */
function classOf(text: string): string {
  if (/; hit\b/.test(text)) return ' class="good"'
  return /fwd=/.test(text) ? ' class="slow"' : ''
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
