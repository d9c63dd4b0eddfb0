/** Responses that several operations have, as components. */
import { refTo } from './answer-schemas.ts'
import { withHeaders } from './headers.ts'
import type { Answer, MediaType, Ref } from './openapi-types.ts'

const PROBLEM: Record<string, MediaType> = { 'application/problem+json': { schema: refTo('Problem') } }

/** A response with a problem document. */
export function problemAnswer(description: string, ...headerNames: string[]): Answer {
  return { description, headers: withHeaders(...headerNames), content: PROBLEM }
}

/** A response whose only media type is JSON. */
export function jsonAnswer(description: string, schema: string, ...headerNames: string[]): Answer {
  return {
    description,
    headers: withHeaders(...headerNames),
    content: { 'application/json': { schema: refTo(schema) } },
  }
}

export const sharedAnswers: Record<string, Answer> = {
  BadRequest: problemAnswer('The request is not valid. `errors` names each field at fault.'),
  Unauthorized: problemAnswer('The token is missing or wrong.', 'WWW-Authenticate'),
  NotFound: problemAnswer('There is nothing at this path.'),
  MethodNotAllowed: problemAnswer('The path has no such method.', 'Allow'),
  PreconditionFailed: problemAnswer(
    'A condition of the request is false. Nothing was changed. The validators are those of the current user, if it exists.',
    ...['CurrentETag', 'Last-Modified', 'Cache-Status'],
  ),
  ContentTooLarge: problemAnswer('The body has more than 65,536 bytes.'),
  UnsupportedMediaType: problemAnswer('The body is not JSON, or it is encoded.', 'Accept', 'Accept-Encoding'),
  NotModified: {
    description: 'The client has the current response. No body.',
    headers: withHeaders('ETag', 'Cache-Control', 'Cache-Status', 'Age', 'Last-Modified', 'Link'),
  },
  RangeNotSatisfiable: {
    description: 'The body does not have the bytes of `Range`. No body.',
    headers: withHeaders(
      ...['Content-Range', 'Accept-Ranges', 'ETag', 'Cache-Control', 'Cache-Status', 'Age', 'Link'],
    ),
  },
  ServerError: problemAnswer('An error of the service. The log has it.', 'Cache-Control', 'Cache-Status'),
  Unavailable: problemAnswer(
    'The database is unavailable, and nothing stored may be served instead.',
    ...['Retry-After', 'Cache-Control', 'Cache-Status'],
  ),
  GatewayTimeout: problemAnswer(
    'Nothing is stored for a request with `only-if-cached`, or the database did not respond in time.',
    'Cache-Status',
  ),
  Allowed: {
    description: 'The methods of this path. No body.',
    headers: withHeaders(
      ...['Allow', 'Access-Control-Allow-Methods', 'Access-Control-Allow-Headers', 'Access-Control-Max-Age'],
    ),
  },
}

export function answer(name: string): Ref {
  return { $ref: `#/components/responses/${name}` }
}
