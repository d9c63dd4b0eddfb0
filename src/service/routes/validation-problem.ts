/** What a client gets whose body or query does not fit its schema: a 400 that names each field. */
import type * as z from 'zod'
import { problem } from '../../http/endpoints/problem.ts'

interface Checked {
  success: boolean
  target: string
  error?: z.core.$ZodError
}

/** A hook for `zValidator`; lets what fits pass. */
export function validationProblem(checked: Checked): Response | undefined {
  if (checked.success) return undefined
  const where = checked.target === 'json' ? 'body' : checked.target
  const errors = (checked.error?.issues ?? []).flatMap((issue) => {
    // An unknown member is at fault itself, not the object around it.
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [undefined]
    return unknown.map((key) => ({
      field: [...issue.path, ...(key === undefined ? [] : [key])].join('.') || where,
      message: key === undefined ? wordsFor(issue) : 'is not a field',
    }))
  })
  return problem(400, `The ${where} is not valid`, { errors })
}

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message
  return issue.message.endsWith('received undefined')
    ? 'is required'
    : `must be ${withArticle(issue.expected)}`
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}
