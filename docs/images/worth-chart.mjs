// The figure of docs/concepts/eviction.md: worth of an entry by its age, for three kinds of keys, on logarithmic scales.

/** Worth in 1/1000 at ages from 2^0 requests on: `WorthCurve` (src/stores/memory/eviction/density) for the intervals that are given. */
const curves = [
  {
    // 100 hits at each of the ages 2^0 to 2^11, and 300 losses at 2^12.
    label: 'requested again soon or not at all',
    color: 'recent',
    worth: [68.942, 37.024, 19.993, 10.865, 5.95, 3.288, 1.837, 1.041, 0.601, 0.355, 0.217, 0.139],
  },
  {
    // 1,000 hits at the age 2^10.
    label: 'in a loop over 1,500 keys',
    color: 'loop',
    worth: [0.651, 0.652, 0.652, 0.654, 0.658, 0.665, 0.679, 0.71, 0.781, 0.976, 1.951, 0.012],
  },
  {
    // 3 hits at each of the ages 2^0 to 2^11, and 1,000 losses at 2^12.
    label: 'requested once, in a scan',
    color: 'once',
    worth: [2.908, 1.458, 0.731, 0.367, 0.184, 0.092, 0.046, 0.023, 0.012, 0.006, 0.003, 0.001],
  },
]

const colors = {
  light: { recent: '#0969da', loop: '#1a7f37', once: '#bc4c00' },
  dark: { recent: '#4493f8', loop: '#3fb950', once: '#db6d28' },
}

const x = (octave) => 100 + octave * 50
const y = (worth) => 40 + ((2 - Math.log10(worth)) * 240) / 5
/** Positions of the labels. */
const labels = { recent: [350, 72], loop: [560, 106], once: [220, 240] }

export function worthChart(name, theme) {
  const line = ({ color, worth }) =>
    `<polyline points="${worth.map((value, octave) => `${x(octave)},${y(value).toFixed(1)}`).join(' ')}" fill="none" stroke="${colors[name][color]}" stroke-width="2"/>`
  const label = ({ label, color }) =>
    `<text x="${labels[color][0]}" y="${labels[color][1]}" fill="${colors[name][color]}">${label}</text>`
  const ages = [0, 2, 4, 6, 8, 10].map((octave) => `<text x="${x(octave)}" y="300" class="small">${2 ** octave}</text>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 340" role="img" aria-label="Worth of an entry by its age. For keys that are requested again soon or not at all it falls. In a loop it rises until the loop ends, and falls to almost nothing after that. For keys that are requested once it is the least.">
<style>
text { font-family: system-ui, -apple-system, 'Segoe UI', sans-serif; font-size: 13px; text-anchor: middle }
.small { font-size: 11.5px; fill: ${theme.muted} }
</style>
<polyline points="100,30 100,282 670,282" fill="none" stroke="${theme.line}"/>
${ages.join('\n')}
<text x="385" y="324" fill="${theme.text}">requests since the last one of the key</text>
<text x="-156" y="22" transform="rotate(-90)" fill="${theme.text}">hits for each request of the stay</text>
${[0.1, 0.001, 0.00001].map((worth) => `<text x="94" y="${(y(worth * 1000) + 4).toFixed(0)}" class="small" style="text-anchor: end">${worth}</text>`).join('\n')}
${curves.map(line).join('\n')}
${curves.map(label).join('\n')}
</svg>
`
}
