/** Adds recorded answers to the operations as examples. */

import type { Answer, MediaType, Method, Operation, PathItem } from './openapi-types.ts'
import type { Exchange } from './recorded-answers.ts'
import { sharedAnswers } from './shared-answers.ts'

type Paths = Readonly<Record<string, PathItem>>

export function withExamples(paths: Paths, exchanges: readonly Exchange[]): Paths {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item).map(([method, operation]) => [
          method,
          withOwnExamples(
            operation,
            exchanges.filter(
              (one) => one.pattern === path && one.method.toLowerCase() === (method as Method),
            ),
          ),
        ]),
      ),
    ]),
  )
}

function withOwnExamples(operation: Operation, exchanges: readonly Exchange[]): Operation {
  const { requestBody } = operation
  const sent = exchanges.filter(({ body, status }) => body !== undefined && status < 300)
  const responses = Object.entries(operation.responses).map(([status, response]) => [
    status,
    answerWithExamples(
      response,
      exchanges.filter((one) => one.status === Number(status) && one.answer !== ''),
    ),
  ])
  return {
    ...operation,
    ...(requestBody === undefined
      ? {}
      : { requestBody: { ...requestBody, content: contentWithExamples(requestBody.content, sent, 'body') } }),
    responses: Object.fromEntries(responses),
  }
}

function answerWithExamples(response: Operation['responses'][string], exchanges: readonly Exchange[]) {
  if (exchanges.length === 0) return response
  const own: Answer = '$ref' in response ? sharedAnswer(response.$ref) : response
  return { ...own, content: contentWithExamples(own.content ?? {}, exchanges, 'answer') }
}

function sharedAnswer(ref: string): Answer {
  const shared = sharedAnswers[ref.slice(ref.lastIndexOf('/') + 1)]
  if (shared === undefined) throw new Error(`There is no shared answer ${ref}`)
  return shared
}

type Content = Readonly<Record<string, MediaType>>

function contentWithExamples(
  content: Content,
  exchanges: readonly Exchange[],
  side: 'body' | 'answer',
): Content {
  return Object.fromEntries(
    Object.entries(content).map(([type, media]) => {
      const own = exchanges.filter((one) => side === 'body' || one.answerType === type)
      const examples = own.map(({ name, summary, status, [side]: value }) => [
        name,
        { summary, value: exampleValue(value, status === 206 ? 'a part' : type) },
      ])
      return [type, examples.length === 0 ? media : { ...media, examples: Object.fromEntries(examples) }]
    }),
  )
}

function exampleValue(text: string | undefined, type: string): unknown {
  return /json$/.test(type) && text !== undefined ? JSON.parse(text) : text
}
