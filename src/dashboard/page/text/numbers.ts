/** Numbers as text, the same in every locale: groups of three digits with a narrow space, a decimal point. */
import { NARROW_SPACE } from './printable.ts'

/** 1234567 as "1 234 567". */
export function whole(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(?:\d{3})+$)/g, NARROW_SPACE)
}

const STEPS: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** At most about five digits: 12 345 as it is, 123456 as "123 k". The exact number belongs into a `title`. */
export function count(value: number): string {
  return value < 99_999.5 ? whole(value) : scaled(value)
}

/** A count per second: "0", "0.04", "3.2", "1 240". */
export function rate(value: number): string {
  if (value === 0 || value >= 99.95) return count(value)
  return value < 0.1 ? value.toFixed(2) : trimmed(value)
}

/** A tick of an axis: "1.5 k" rather than "1 500". */
export function tick(value: number): string {
  return value < 1000 ? trimmed(value) : scaled(value)
}

function scaled(value: number): string {
  // A value that would round up to 1000 belongs to the next step.
  const [size, unit] = STEPS.find(([step]) => value >= step * 0.9995) ?? [1, '']
  return `${digits3(value / size)}${NARROW_SPACE}${unit}`
}

/** Three significant digits: 1.23, 12.3, 123. */
export function digits3(value: number): string {
  if (value >= 99.95) return whole(value)
  return trimZeros(value.toFixed(value >= 9.995 ? 1 : 2))
}

function trimmed(value: number): string {
  return value >= 9.95 && Number.isInteger(value) ? whole(value) : trimZeros(value.toFixed(value < 1 ? 2 : 1))
}

function trimZeros(text: string): string {
  return text.replace(/\.?0+$/, '')
}

/**
 * A ratio in percent with one decimal, "96.4". It is cut, not rounded: 99.97 must not look like 100, and a ratio above 0 is at
 * least "<0.1".
 */
export function percent(ratio: number): string {
  const tenths = Math.floor(ratio * 1000 + 1e-9)
  if (ratio > 0 && tenths === 0) return '<0.1'
  if (tenths === 0) return '0'
  return ratio >= 1 ? '100' : `${Math.floor(tenths / 10)}.${tenths % 10}`
}

/** The singular for 1: `plural(2, 'read')` is "2 reads". */
export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`
}
