/** The schemas of requests, made from the zod schemas that the routes validate with. Only the words are written here. */
import * as z from 'zod'
import { DEFAULT_LIMIT, userReplacement, usersQuery } from '../../src/service/routes/user-requests.ts'
import { user, userId } from '../../src/service/users/user.ts'
import type { Schema } from './openapi-types.ts'

/** The words about a schema, which the routes do not need. */
interface Words {
  /** Name of the component. */
  id: string
  description: string
  examples?: unknown[]
  /** For a check that zod makes by a function. */
  pattern?: string
}

const words = z
  .registry<Words>()
  .add(userId, {
    id: 'UserId',
    description: 'The id of a user: 1 to 64 characters of A-Z, a-z, 0-9, `_` and `-`.',
    examples: ['user_001'],
  })
  .add(user.shape.name, {
    id: 'UserName',
    description:
      'The name of a user: 1 to 200 characters without control characters. White space around it is removed.',
    examples: ['Alice Johnson'],
    // A first character that is no white space, because the length is checked without the white space around the name.
    pattern:
      '^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$',
  })
  .add(user.shape.email, {
    id: 'UserEmail',
    description: 'The e-mail address of a user: at most 254 characters.',
    examples: ['alice@example.com'],
  })
  .add(user, {
    id: 'User',
    description: 'A user.',
    examples: [{ id: 'user_001', name: 'Alice Johnson', email: 'alice@example.com' }],
  })
  .add(userReplacement, {
    id: 'UserReplacement',
    description: 'All fields of a user but the id. An `id` is allowed if it is the one in the path.',
    examples: [{ name: 'Alice Cooper', email: 'alice@example.com' }],
  })

/** Schemas of components by name. */
export const requestSchemas: Record<string, Schema> = componentsOf('input')

/** The query of `GET /api/users`, by parameter, as the values that the text of a parameter stands for. */
export const usersQuerySchemas = queryParameters()

function componentsOf(io: 'input' | 'output'): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(words, { io, uri: refOf, metadata: words })
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutIds(schema)]))
}

function queryParameters(): Record<'ids' | 'limit' | 'after', Schema> {
  const query = z
    .registry<{ id: string }>()
    .add(userId, { id: 'UserId' })
    .add(usersQuery, { id: 'UsersQuery' })
  const { UsersQuery } = z.toJSONSchema(query, { io: 'output', uri: refOf }).schemas
  const { ids, limit, after } = (UsersQuery?.properties ?? {}) as Record<string, Schema>
  return {
    ids: { ...ids, minItems: 1 },
    limit: { ...limit, type: 'integer', default: DEFAULT_LIMIT },
    after: { ...after },
  }
}

function refOf(name: string): string {
  return `#/components/schemas/${name}`
}

function withoutIds({ $schema, $id, id, ...schema }: Schema): Schema {
  return schema
}
