/** Errors for a metric that is declared twice, and not equally. */
import type { Declaration } from './declaration.ts'

export function isSame(a: Declaration, b: Declaration): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Differences that declarations do not contain. */
export const callbackDiffers = 'with value or values, not without'
export const noCallbackDiffers = 'without value or values, not with one'

/** @param more a difference that the declarations do not contain */
export function declaredAlready(earlier: Declaration, wanted: Declaration, more?: string): Error {
  const details = differences(earlier, wanted).map((difference) => `with ${difference}`)
  if (more !== undefined) details.unshift(more)
  return new Error(`${wanted.name} is declared already, ${details.join('; ')}`)
}

export function declaredElsewhere(there: Declaration, here: Declaration): Error {
  return new Error(
    `${here.name}: another thread has declared it differently: ${differences(there, here).join('; ')}`,
  )
}

function differences(there: Declaration, here: Declaration): string[] {
  if (there.type !== here.type) return [`type ${there.type}, not ${here.type}`]
  const keys = ['help', 'unit', 'labels', 'threads', 'merge', 'buckets', 'scale', 'schema'] as const
  return keys
    .filter((key) => JSON.stringify(there[key]) !== JSON.stringify(here[key]))
    .map((key) => `${key} ${JSON.stringify(there[key])}, not ${JSON.stringify(here[key])}`)
}
