/** Durations and sizes for people. */

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/** The two largest units of a duration: `90 s`, `5 min`, `1 h 30 min`, `365 d`. */
export function secondsText(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds))
  const sign = seconds < 0 ? '-' : ''
  if (whole < 120) return `${sign}${whole} s`
  const first = UNITS.findIndex(([, size]) => whole >= size)
  const parts: string[] = []
  let rest = whole
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    if (rest >= size) parts.push(`${Math.floor(rest / size)} ${unit}`)
    rest %= size
  }
  return sign + parts.join(' ')
}

/** `512 bytes`, `1.2 kB`, `3.4 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`
  const [unit, size] = bytes < 1_000_000 ? ['kB', 1000] : ['MB', 1_000_000]
  return `${(bytes / Number(size)).toFixed(1)} ${unit}`
}
