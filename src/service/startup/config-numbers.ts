/** Schemas of environment variables that are numbers. */
import * as z from 'zod'

/** @param unit names the unit in the error message. Default: the number has none. */
export function wholeNumber(min: number, max: number, unit?: string) {
  const kind = unit === undefined ? 'a whole number' : `a whole number of ${unit}`
  const message = `must be ${kind} from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message))
}

const UNITS: Record<string, number> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** Smallest number that {@link bytes} accepts. */
export const MIN_BYTES = 1024

const NOT_BYTES = 'must be a number of bytes, such as 67108864 or 64MiB'

/** A size: a number of bytes, or of a unit such as `MiB`. */
export const bytes = z
  .string()
  .regex(/^\d{1,9}(?:[KMG]iB)?$|^\d{1,15}$/, NOT_BYTES)
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.replace(/^\d+/, '')] ?? 1))
  .pipe(
    z
      .number()
      .min(MIN_BYTES, 'must be at least 1KiB')
      .max(2 ** 50, 'must be at most 1048576GiB'),
  )

/** As {@link bytes}, or the word `auto`. */
export const bytesOrAuto = z.string().transform((text, context): number | 'auto' => {
  if (text === 'auto') return text
  const { success, data, error } = bytes.safeParse(text)
  if (success) return data
  for (const { message } of error.issues) {
    context.addIssue({ code: 'custom', message: message === NOT_BYTES ? `${message}, or auto` : message })
  }
  return z.NEVER
})

/** A share: a decimal fraction from 0 to 1. */
export const share = z
  .string()
  .regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a share from 0 to 1, such as 0.001')
  .transform(Number)
