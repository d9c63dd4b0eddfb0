#!/usr/bin/env node
// Writes the images of the README, which are the overview diagram and the badges, and the chart of concepts/eviction.md, each for light and
// dark pages.
// `node docs/images/make-images.mjs` after a change here; a test compares the files with this script.
import { readFileSync, writeFileSync } from 'node:fs'
import { worthChart } from './worth-chart.mjs'

const themes = {
  light: { text: '#1f2328', muted: '#59636e', line: '#59636e', box: '#ffffff', edge: '#8c959f', ours: '#ddf4ff', oursEdge: '#0969da', events: '#1a7f37' },
  dark: { text: '#f0f6fc', muted: '#9198a1', line: '#9198a1', box: '#151b23', edge: '#656c76', ours: '#121d2f', oursEdge: '#4493f8', events: '#3fb950' },
}

/** A box: position, size, title, and lines of smaller text below it. */
const boxes = [
  { x: 2, y: 96, w: 104, h: 44, title: 'Client' },
  { x: 128, y: 84, w: 118, h: 68, title: 'front()', lines: ['hits before', 'the router'], ours: true },
  { x: 290, y: 84, w: 118, h: 68, title: 'Hono', lines: ['router and', 'middleware'] },
  { x: 452, y: 84, w: 126, h: 68, title: 'cached()', lines: ['key, policy,', 'Cache-Status'], ours: true },
  { x: 622, y: 10, w: 148, h: 52, title: 'Memory tier', lines: ['bounded in bytes'], ours: true },
  { x: 622, y: 92, w: 148, h: 52, title: 'Shared tier', lines: ['Redis, Memcached, file'], ours: true },
  { x: 622, y: 174, w: 148, h: 52, title: 'Handler', lines: ['one load per key'] },
  { x: 452, y: 236, w: 126, h: 44, title: 'Events', lines: ['one per read'], ours: true },
  { x: 290, y: 236, w: 118, h: 44, title: 'Registry', lines: ['shared Atomics'], ours: true },
  { x: 128, y: 236, w: 118, h: 44, title: '/metrics', lines: ['text, protobuf'], ours: true },
  { x: 2, y: 236, w: 104, h: 44, title: 'Prometheus', lines: ['scrapes'] },
]

/** Arrows as polylines; `events` marks the path of the counts. */
const arrows = [
  { points: [[106, 118], [126, 118]] },
  { points: [[246, 118], [288, 118]] },
  { points: [[408, 118], [450, 118]] },
  { points: [[578, 104], [600, 104], [600, 36], [620, 36]] },
  { points: [[578, 118], [620, 118]] },
  { points: [[578, 132], [600, 132], [600, 200], [620, 200]] },
  { points: [[187, 84], [187, 24], [620, 24]], dashed: true },
  { points: [[515, 152], [515, 234]], events: true },
  { points: [[452, 258], [410, 258]], events: true },
  { points: [[290, 258], [248, 258]], events: true },
  { points: [[106, 258], [126, 258]], events: true },
]

function diagram(name) {
  const theme = themes[name]
  const arrow = ({ points, dashed, events }) =>
    `<polyline points="${points.map((p) => p.join(',')).join(' ')}" fill="none" stroke="${events ? theme.events : theme.line}" stroke-width="1.5"${dashed ? ' stroke-dasharray="4 3"' : ''} marker-end="url(#${events ? 'count' : 'go'})"/>`
  const box = ({ x, y, w, h, title, lines = [], ours }) => {
    const middle = x + w / 2
    const first = y + h / 2 - lines.length * 7 + 5
    const rest = lines.map(
      (line, i) => `<text x="${middle}" y="${first + 15 * (i + 1)}" class="small">${line}</text>`,
    )
    return [
      `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="6" fill="${ours ? theme.ours : theme.box}" stroke="${ours ? theme.oursEdge : theme.edge}"/>`,
      `<text x="${middle}" y="${first}" class="title">${title}</text>`,
      ...rest,
    ].join('\n')
  }
  const head = (id, color) =>
    `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="${color}"/></marker>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 290" role="img" aria-label="A request passes front(), Hono and cached(), which reads the memory tier and the shared tier before it calls the handler. Events of the cache are counted in a registry that Prometheus scrapes.">
<style>
text { font-family: system-ui, -apple-system, 'Segoe UI', sans-serif; text-anchor: middle; fill: ${theme.text} }
.title { font-size: 14px; font-weight: 600 }
.small { font-size: 11.5px; fill: ${theme.muted} }
</style>
<defs>${head('go', theme.line)}${head('count', theme.events)}</defs>
${arrows.map(arrow).join('\n')}
${boxes.map(box).join('\n')}
</svg>
`
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const badges = {
  version: ['version', manifest.version],
  license: ['license', manifest.license],
  dependencies: ['dependencies', 'none but hono'],
  runtimes: ['runs on', 'Bun, Node, Workers'],
  conformance: ['HTTP cache suite', '159 of 160 required'],
}

/** Widths are estimated for the 11 px font, so that no browser is needed. */
function badge([label, value]) {
  const widthOf = (text) => Math.round(text.length * 6.6 + 14)
  const [a, b] = [widthOf(label), widthOf(value)]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${a + b}" height="20" role="img" aria-label="${label}: ${value}">
<rect width="${a + b}" height="20" rx="4" fill="#59636e"/>
<path d="M${a} 0h${b - 4}a4 4 0 0 1 4 4v12a4 4 0 0 1 -4 4h-${b - 4}z" fill="#0969da"/>
<g fill="#fff" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="11" text-anchor="middle"><text x="${a / 2}" y="14">${label}</text><text x="${a + b / 2}" y="14">${value}</text></g>
</svg>
`
}

export const images = {
  'overview-light.svg': diagram('light'),
  'overview-dark.svg': diagram('dark'),
  'worth-light.svg': worthChart('light', themes.light),
  'worth-dark.svg': worthChart('dark', themes.dark),
  ...Object.fromEntries(Object.entries(badges).map(([name, parts]) => [`badge-${name}.svg`, badge(parts)])),
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const [name, text] of Object.entries(images)) writeFileSync(new URL(name, import.meta.url), text)
}
