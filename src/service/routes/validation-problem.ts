/** Creates the 400 response to a body or query that does not match its schema, with one error for each field. */
import type * as z from 'zod'
import { problem } from '../../http/endpoints/problem.ts'

interface Checked {
  success: boolean
  target: string
  error?: z.core.$ZodError
}

/** A hook for `zValidator`. Returns `undefined` for a valid value. */
export function validationProblem(checked: Checked): Response | undefined {
  if (checked.success) return undefined
  const target = checked.target === 'json' ? 'body' : checked.target
  const errors = (checked.error?.issues ?? []).flatMap((issue) => {
    // zod reports all unknown members of an object in one issue. The response has one error for each of them.
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [undefined]
    return unknown.map((key) => ({
      field: [...issue.path, ...(key === undefined ? [] : [key])].join('.') || target,
      message: key === undefined ? messageOf(issue) : 'is not a field',
    }))
  })
  return problem(400, `The ${target} is not valid`, { errors })
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message
  return issue.message.endsWith('received undefined')
    ? 'is required'
    : `must be ${withArticle(issue.expected)}`
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}
