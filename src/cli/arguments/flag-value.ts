/** The values of flags: each parser returns the value, or the end of a sentence that says what is allowed. */
import type { ZodType } from 'zod'
import { bytes, bytesOrAuto, wholeNumber } from '../../service/startup/config-numbers.ts'

/** A parsed value, or what is wrong with it, such as `must be a whole number from 0 to 65535`. */
export type Parsed<T> = { value: T } | { problem: string }

export type Parser<T> = (text: string) => Parsed<T>

/** Most threads that a service starts. */
const MAX_THREADS = 64
/** Ten years. */
const MAX_SECONDS = 315_360_000
const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** 0 is any free port. */
export const port = bySchema(wholeNumber(0, 65_535))
export const threads = bySchema(wholeNumber(1, MAX_THREADS))
/** A number of bytes, also of KiB, MiB or GiB. */
export const size = bySchema(bytes)
/** As {@link size}, or `auto`. */
export const sizeOrAuto = bySchema(bytesOrAuto)

/** Whole seconds: `60`, `60s`, `5m`, `2h` or `1d`. */
export function seconds(text: string): Parsed<number> {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  const value = Number(digits) * (UNIT_SECONDS[unit] ?? Number.NaN)
  if (digits !== '' && value <= MAX_SECONDS) return { value }
  return { problem: 'must be a time of at most ten years in whole seconds, such as 60, 60s, 5m, 2h or 1d' }
}

/** As {@link seconds}, but at least one. */
export function positiveSeconds(text: string): Parsed<number> {
  const parsed = seconds(text)
  return 'value' in parsed && parsed.value === 0 ? { problem: 'must be at least 1 second' } : parsed
}

/** Any text but the empty one. */
export function text(value: string): Parsed<string> {
  return value.trim() === '' ? { problem: 'must not be empty' } : { value: value.trim() }
}

/** A secret that cannot be guessed, and that fits into a header. */
export function token(value: string): Parsed<string> {
  if (/^[\x21-\x7e]{16,}$/.test(value)) return { value }
  return { problem: 'must have at least 16 printable ASCII characters without spaces' }
}

/** A host name or an address to listen on; an IPv6 address may have the brackets that a URL needs. */
export function host(value: string): Parsed<string> {
  const bare = value.trim().replace(/^\[(.*)\]$/, '$1')
  if (/^[\w.:%-]+$/.test(bare) && !/^\d+$/.test(bare)) return { value: bare }
  return { problem: 'must be a host name or an address, such as 127.0.0.1 or ::' }
}

/** A URL of a Redis or Valkey server. The message never repeats it, because it may contain a password. */
export function redisUrl(value: string): Parsed<string> {
  const scheme = URL.canParse(value) ? new URL(value).protocol : undefined
  if (scheme !== undefined && ['redis:', 'rediss:', 'valkey:', 'valkeys:'].includes(scheme)) return { value }
  return { problem: 'must be a URL such as redis://127.0.0.1:6379 or rediss://host' }
}

/** The least severe lines that are logged. */
export function logLevel(value: string): Parsed<'debug' | 'info' | 'warning' | 'error'> {
  if (value === 'warn' || value === 'warning') return { value: 'warning' }
  if (value === 'debug' || value === 'info' || value === 'error') return { value }
  return { problem: 'must be debug, info, warn or error' }
}

/** A header, `Name: value`. */
export function header(text: string): Parsed<readonly [name: string, value: string]> {
  const problem = "must be a header such as 'Accept-Language: de'"
  const [, name = '', value = ''] = /^([^:\s]+):\s*([\s\S]*?)\s*$/.exec(text) ?? []
  try {
    new Headers([[name, value]])
  } catch {
    return { problem }
  }
  return name === '' ? { problem } : { value: [name.toLowerCase(), value] }
}

function bySchema<T>(schema: ZodType<T, string>): Parser<T> {
  return (text) => {
    const { success, data, error } = schema.safeParse(text)
    return success ? { value: data } : { problem: error.issues[0]?.message ?? 'is invalid' }
  }
}
