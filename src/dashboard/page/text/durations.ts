/** Durations and times as text. */
import { digits3, whole } from './numbers.ts'
import { NARROW_SPACE } from './printable.ts'

/** A latency: "850 µs", "1.24 ms", "2.5 s". @param seconds 0 or more */
export function latency(seconds: number): string {
  if (seconds === 0) return '0'
  if (seconds < 0.0009995) return `${seconds < 1e-6 ? '<1' : digits3(seconds * 1e6)}${NARROW_SPACE}µs`
  if (seconds < 0.9995) return `${digits3(seconds * 1e3)}${NARROW_SPACE}ms`
  return `${digits3(seconds)}${NARROW_SPACE}s`
}

/** The duration in seconds as the metrics have it, for a `title`. */
export function exactSeconds(seconds: number): string {
  return `${Number(seconds.toPrecision(6))} s`
}

/** A period in its two largest units: "12 s", "3 min 5 s", "4 h 12 min", "9 d 3 h". */
export function period(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return unit(seconds, 's')
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  if (seconds < 86_400) return pair(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min')
  return pair(Math.floor(seconds / 86_400), 'd', Math.floor((seconds % 86_400) / 3600), 'h')
}

/** A period in its largest unit, for a narrow column: "12 s", "3 min". */
export function shortPeriod(ms: number): string {
  return period(ms).split(' ')[0] ?? ''
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? unit(large, largeUnit) : `${unit(large, largeUnit)} ${unit(small, smallUnit)}`
}

function unit(value: number, name: string): string {
  return `${whole(value)}${NARROW_SPACE}${name}`
}

/** The time of day, the same on server and client: "13:45:10". @param at epoch ms */
export function timeOfDay(at: number): string {
  return new Date(at).toISOString().slice(11, 19)
}
