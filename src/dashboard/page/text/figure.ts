/** A number with its exact value on hover. */
import { bytes } from './bytes.ts'
import { exactSeconds, latency } from './durations.ts'
import { type Markup, markup } from './markup.ts'
import { count, whole } from './numbers.ts'

/** @param noun of the exact value, such as "reads" */
export function countFigure(value: number, noun: string): Markup {
  return markup`<data value="${value}" title="${whole(value)} ${noun}">${count(value)}</data>`
}

export function bytesFigure(value: number): Markup {
  return markup`<data value="${value}" title="${whole(value)} bytes">${bytes(value)}</data>`
}

export function latencyFigure(seconds: number): Markup {
  return markup`<data value="${seconds}" title="${exactSeconds(seconds)}">${latency(seconds)}</data>`
}
