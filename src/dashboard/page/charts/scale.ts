/** Scales of a chart: from times and values to the coordinates of its SVG. */

/** Coordinates of all charts. CSS stretches them to the width of their place. */
export const WIDTH = 600

export interface Span {
  /** Epoch ms. */
  readonly from: number
  readonly to: number
}

const MINUTE = 60_000
const SPANS = [1, 2, 3, 5, 10, 15, 30, 60, 120, 360, 720, 1440].map((minutes) => minutes * MINUTE)

/** A span that ends with the newest sample and has a round length, so that the axis rarely changes. */
export function spanOf(samples: readonly { readonly at: number }[], now: number): Span {
  const to = samples.at(-1)?.at ?? now
  const length = to - (samples[0]?.at ?? now)
  // A history of 5 minutes often has a sample a little older than that.
  const span = SPANS.find((one) => length <= one * 1.02) ?? length
  return { from: to - span, to }
}

/** A round number that is not below `value`, for the upper end of an axis. */
export function niceMax(value: number): number {
  if (!(value > 0)) return 1
  const magnitude = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((one) => value <= one * magnitude * (1 + 1e-9)) ?? 10
  return step * magnitude
}

/** Coordinate with one decimal: a tenth of a pixel is enough, and keeps the page small. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10)
}

export function xOf(at: number, { from, to }: Span): number {
  return Math.max(0, ((at - from) / (to - from)) * WIDTH)
}

/** `yOf(0)` is the lower edge. */
export function yOf(value: number, max: number, height: number): number {
  return height - Math.min(1, value / max) * height
}

/** Neighbours without a gap, from a list in order of time. */
export function runsOf<Item>(items: readonly Item[], isIn: (item: Item) => boolean): Item[][] {
  const runs: Item[][] = [[]]
  for (const item of items) {
    if (isIn(item)) runs.at(-1)?.push(item)
    else runs.push([])
  }
  return runs.filter((run) => run.length > 0)
}
