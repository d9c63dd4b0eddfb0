/**
 * Colours that people with any kind of colour blindness can tell apart, from "Color Universal Design" by Okabe and Ito. Their
 * yellow is left out, because it is faint on white.
 */
export const colors = {
  green: '#009E73',
  orange: '#E69F00',
  blue: '#0072B2',
  sky: '#56B4E9',
  red: '#D55E00',
  pink: '#CC79A7',
  grey: '#999999',
} as const

/** Colour of a series by its name, the same in all panels. */
export const colorByName: Readonly<Record<string, string>> = {
  hit: colors.green,
  stale: colors.orange,
  miss: colors.blue,
  coalesced: colors.sky,
  error: colors.red,
  bypass: colors.grey,

  ok: colors.green,
  same: colors.green,
  different: colors.red,
  failed: colors.orange,
  timeout: colors.orange,

  capacity: colors.red,
  expired: colors.blue,
  key: colors.green,
  tags: colors.blue,
  all: colors.red,

  '0.5x': colors.grey,
  '1x': colors.blue,
  '2x': colors.green,
  '4x': colors.pink,

  read: colors.blue,
  write: colors.orange,
  user: colors.blue,
  system: colors.orange,
  used: colors.blue,
  total: colors.sky,
  external: colors.pink,
  limit: colors.red,
  room: colors.red,
  sent: colors.blue,
  received: colors.green,
  min: colors.grey,
  mean: colors.sky,
  p50: colors.blue,
  p90: colors.sky,
  p99: colors.orange,
  max: colors.red,
}
