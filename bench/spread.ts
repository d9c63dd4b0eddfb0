/** Formats the figures of many rounds: their median, with the least and the most in parentheses. */

export function spread(values: readonly number[], format: (value: number) => string): string {
  if (values.length === 0) return '–'
  if (values.length === 1) return format(median(values))
  const [middle = '', unit = ''] = format(median(values)).split(/(?=[ ×])/)
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) =>
    format(value).replace(unit, ''),
  )
  return `${middle}${unit} (${least}–${most})`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/** @param part between 0 and 1 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN
}

/** @param value nanoseconds, as in the next two */
export function ns(value: number): string {
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ns`
}

export function us(value: number): string {
  return `${(value / 1e3).toFixed(1)} µs`
}

export function ms(value: number): string {
  return `${(value / 1e6).toFixed(2)} ms`
}

export function bytes(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} B`
}

export function ratio(value: number): string {
  return value.toFixed(2)
}

export function perSecond(value: number): string {
  return `${Math.round(value)} /s`
}
