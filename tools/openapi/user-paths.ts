/** The operations of the users API. */
import { refTo } from './answer-schemas.ts'
import { parameters, withHeaders } from './headers.ts'
import type { Answer, Operation, Parameter, PathItem } from './openapi-types.ts'
import { usersQuerySchemas } from './request-schemas.ts'
import { answer, jsonAnswer, problemAnswer } from './shared-answers.ts'

const userIdParameter: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The id of the user.',
  required: true,
  schema: refTo('UserId'),
  example: 'user_001',
}

const READ_HEADERS = ['ETag', 'Cache-Control', 'Cache-Status', 'Age', 'Accept-Ranges', 'Last-Modified']
const READ_PARAMETERS = parameters('IfNoneMatch', 'IfModifiedSince', 'Range', 'IfRange', 'CacheControl')
const TRACING = parameters('RequestId', 'Traceparent')
const READ_SECURITY = [{}, { readToken: [] }, { apiToken: [] }]
const WRITE_SECURITY = [{ apiToken: [] }, {}]

/** The responses of a read apart from the 200. */
function readAnswers(...headerNames: string[]): Operation['responses'] {
  return {
    206: partAnswer(...headerNames),
    304: answer('NotModified'),
    400: answer('BadRequest'),
    401: answer('Unauthorized'),
    416: answer('RangeNotSatisfiable'),
    500: answer('ServerError'),
    503: answer('Unavailable'),
    504: answer('GatewayTimeout'),
  }
}

function partAnswer(...headerNames: string[]): Answer {
  return {
    description: 'The bytes of the body that `Range` selects.',
    headers: withHeaders(...READ_HEADERS, ...headerNames, 'Content-Range'),
    content: { 'application/json': { schema: {} } }, // a part of JSON has no type
  }
}

/** The responses of a write apart from those to a success. */
const writeAnswers: Operation['responses'] = {
  400: answer('BadRequest'),
  401: answer('Unauthorized'),
  412: answer('PreconditionFailed'),
  500: answer('ServerError'),
  503: answer('Unavailable'),
}

const bodyAnswers: Operation['responses'] = {
  413: answer('ContentTooLarge'),
  415: answer('UnsupportedMediaType'),
}

function jsonBody(description: string, schema: string): NonNullable<Operation['requestBody']> {
  return {
    description: `${description} At most 65,536 bytes, without a content encoding.`,
    required: true,
    content: { 'application/json': { schema: refTo(schema) } },
  }
}

const readUser: Operation = {
  operationId: 'readUser',
  tags: ['Users'],
  summary: 'Read a user',
  description:
    'Responses are stored for a minute, and a write removes them at once. Clients revalidate each time with the ETag. The 404 of an unknown id is stored for 5 seconds.',
  security: READ_SECURITY,
  parameters: [userIdParameter, ...READ_PARAMETERS, ...TRACING],
  responses: {
    200: jsonAnswer('The user.', 'User', ...READ_HEADERS),
    ...readAnswers(),
    404: problemAnswer('No user has this id.', ...['Cache-Control', 'Cache-Status', 'Age']),
  },
}

const replaceUser: Operation = {
  operationId: 'replaceUser',
  tags: ['Users'],
  summary: 'Replace a user',
  description:
    'Replaces all fields of an existing user but the id. Reads that begin after the response get the new user. To lose no write of another client, send the ETag in `If-Match`.',
  security: WRITE_SECURITY,
  parameters: [
    userIdParameter,
    ...parameters('IfMatch', 'WriteIfNoneMatch', 'IfUnmodifiedSince'),
    ...TRACING,
  ],
  requestBody: jsonBody('The new fields.', 'UserReplacement'),
  responses: {
    200: jsonAnswer(
      'The user as it is stored now.',
      'User',
      ...['ETag', 'Last-Modified', 'Content-Location', 'Cache-Status'],
    ),
    ...writeAnswers,
    404: problemAnswer('No user has this id.', 'Cache-Status'),
    ...bodyAnswers,
  },
}

const removeUser: Operation = {
  operationId: 'removeUser',
  tags: ['Users'],
  summary: 'Remove a user',
  description: 'Reads that begin after the response get a 404.',
  security: WRITE_SECURITY,
  parameters: [
    userIdParameter,
    ...parameters('IfMatch', 'WriteIfNoneMatch', 'IfUnmodifiedSince'),
    ...TRACING,
  ],
  responses: {
    204: { description: 'The user is removed. No body.', headers: withHeaders('Cache-Status') },
    ...writeAnswers,
    404: problemAnswer('No user has this id.', 'Cache-Status'),
  },
}

const createUser: Operation = {
  operationId: 'createUser',
  tags: ['Users'],
  summary: 'Create a user',
  description: 'The client chooses the id. A stored 404 of the id is removed.',
  security: WRITE_SECURITY,
  parameters: [...parameters('IfMatch', 'WriteIfNoneMatch', 'IfUnmodifiedSince'), ...TRACING],
  requestBody: jsonBody('The user.', 'User'),
  responses: {
    201: jsonAnswer(
      'The user is created.',
      'User',
      ...['Location', 'ETag', 'Last-Modified', 'Content-Location', 'Cache-Status'],
    ),
    ...writeAnswers,
    409: problemAnswer('The id is taken.', 'Cache-Status'),
    ...bodyAnswers,
  },
}

const listUsers: Operation = {
  operationId: 'listUsers',
  tags: ['Users'],
  summary: 'List users by their ids, or page by page',
  description:
    'With `ids` the users of these ids, in any order of the ids; otherwise one page of all users. `ids` cannot be combined with `limit` or `after`.',
  security: READ_SECURITY,
  parameters: [
    {
      name: 'ids',
      in: 'query',
      description: 'Ids with commas between them, at most 100.',
      schema: usersQuerySchemas.ids,
      style: 'form',
      explode: false,
      example: ['user_001', 'user_003'],
    },
    {
      name: 'limit',
      in: 'query',
      description: 'Most users of a page.',
      schema: usersQuerySchemas.limit,
      example: 2,
    },
    {
      name: 'after',
      in: 'query',
      description: 'The page begins after this id. Take `next` of the page before.',
      schema: usersQuerySchemas.after,
      example: 'user_001',
    },
    ...READ_PARAMETERS,
    ...TRACING,
  ],
  responses: {
    200: {
      description: 'The users.',
      headers: withHeaders(...READ_HEADERS, 'Link'),
      content: { 'application/json': { schema: { oneOf: [refTo('UsersPage'), refTo('UsersById')] } } },
    },
    ...readAnswers('Link'),
  },
}

export const userPaths: Record<string, PathItem> = {
  '/api/user/{id}': { get: readUser, put: replaceUser, delete: removeUser },
  '/api/user': { post: createUser },
  '/api/users': { get: listUsers },
}
