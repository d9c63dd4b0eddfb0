/** The schemas of response bodies, and the body of a purge, which the library validates without zod. */
import type { Phase } from '../../src/process/phase.ts'
import type { FailureReason } from '../../src/service/users/repository.ts'
import type { Schema } from './openapi-types.ts'

const REASONS: (FailureReason | 'no answer' | 'failed')[] = [
  'damaged',
  'disk full',
  'locked',
  'moved',
  'read-only',
  'unreadable',
  'no answer',
  'failed',
]

const STATUSES: (Phase | 'unready')[] = ['ready', 'unready', 'starting', 'stopping']

const UP_OR_DOWN = { enum: ['up', 'down'] }

export const answerSchemas: Record<string, Schema> = {
  UsersPage: {
    description: 'One page of all users, in ascending order of id.',
    type: 'object',
    required: ['users', 'total', 'next'],
    properties: {
      users: listOf('User', 'The users of the page.'),
      total: { description: 'The number of all users.', type: 'integer', minimum: 0 },
      next: {
        description: 'The value of `after` for the next page; `null` on the last page.',
        oneOf: [refTo('UserId'), { type: 'null' }],
      },
    },
  },
  UsersById: {
    description: 'The users of a list of ids.',
    type: 'object',
    required: ['users', 'missing'],
    properties: {
      users: listOf('User', 'The users that exist, in ascending order of id.'),
      missing: listOf('UserId', 'The ids that no user has.'),
    },
  },
  Problem: {
    description: 'An error (RFC 9457). It contains no stack trace and no message of a backend.',
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'error'],
    properties: {
      type: {
        description: 'Always `about:blank`: the status says which kind of error it is.',
        type: 'string',
      },
      title: { description: 'The name of the status.', type: 'string' },
      status: {
        description: 'The status code of the response.',
        type: 'integer',
        minimum: 400,
        maximum: 599,
      },
      detail: { description: 'What was wrong, for a person to read.', type: 'string' },
      error: { description: 'The same text as `detail`.', type: 'string' },
      errors: {
        description: 'The fields at fault.',
        type: 'array',
        minItems: 1,
        items: refTo('FieldError'),
      },
      request_id: {
        description: 'The id of the request, as in `X-Request-Id` and in the log.',
        type: 'string',
      },
    },
  },
  FieldError: {
    description: 'One field of a request that is not valid.',
    type: 'object',
    required: ['field', 'message'],
    properties: {
      field: {
        description: 'Name of the field or parameter; members of a list as in `ids.2`.',
        type: 'string',
      },
      message: { description: 'What the field must be.', type: 'string' },
    },
  },
  Health: {
    description: 'The process runs.',
    type: 'object',
    required: ['status', 'service', 'version', 'runtime', 'uptime_seconds'],
    properties: {
      status: { const: 'healthy' },
      service: { const: 'hitrate' },
      version: { description: 'Version of the service.', type: 'string' },
      runtime: { description: 'Name and version of the runtime.', type: 'string', examples: ['bun 1.4.5'] },
      uptime_seconds: { description: 'Seconds since the start of the process.', type: 'integer', minimum: 0 },
    },
  },
  Readiness: {
    description: 'State of the parts that requests need.',
    type: 'object',
    required: ['status', 'repository', 'tiers'],
    properties: {
      status: {
        description:
          '`ready` if the service may get requests; `unready` if its database is down; `starting` and `stopping` while the process starts and ends.',
        enum: STATUSES,
      },
      repository: { description: 'State of the database of users.', ...UP_OR_DOWN },
      reason: {
        description: 'Why the repository is down, in a few words; absent while it is up.',
        enum: REASONS,
      },
      tiers: {
        description:
          'State of each tier of the cache. The service is ready even if one is down: requests then take longer.',
        type: 'object',
        additionalProperties: UP_OR_DOWN,
      },
    },
  },
  Purge: {
    description: 'Selects stored responses. At least one of `urls`, `tags`, `prefixes` and `all` is needed.',
    type: 'object',
    properties: {
      urls: purgeList(
        'URLs with all their variants; a path counts for every host.',
        '^(/|[Hh][Tt][Tt][Pp][Ss]?://)[^*]*$',
      ),
      tags: purgeList('Tags, such as `user:user_001` and `users`.', '^[\\s\\S]+$'),
      prefixes: purgeList('Paths that begin and end with `/`: everything below them.', '^/([^?#*]*/)?$'),
      all: { description: 'Selects everything.', const: true },
      soft: {
        description:
          'Makes the responses stale instead of removing them: they may be served while a new one is loaded.',
        const: true,
      },
    },
    anyOf: ['urls', 'tags', 'prefixes', 'all'].map((name) => ({ required: [name] })),
    additionalProperties: false,
  },
  Purged: {
    description: 'The result of a purge.',
    type: 'object',
    required: ['urls', 'tags', 'prefixes', 'all', 'unreached', 'unmatched', 'confirmed'],
    properties: {
      urls: { description: 'URLs of which a response was stored.', type: 'integer', minimum: 0 },
      tags: { description: 'Number of tags, used or not.', type: 'integer', minimum: 0 },
      prefixes: { description: 'Number of prefixes, used or not.', type: 'integer', minimum: 0 },
      all: { description: 'True if everything was purged.', type: 'boolean' },
      unreached: texts('URLs that reached no cache: no route has them, or a token is needed.'),
      unmatched: texts('URLs that reached a cache which had no response of them.'),
      confirmed: {
        description: 'False if a shared tier or another process has not confirmed the purge.',
        type: 'boolean',
      },
    },
  },
}

export function refTo(schema: string): Schema {
  return { $ref: `#/components/schemas/${schema}` }
}

function listOf(schema: string, description: string): Schema {
  return { description, type: 'array', items: refTo(schema) }
}

function texts(description: string): Schema {
  return { description, type: 'array', items: { type: 'string' } }
}

function purgeList(description: string, pattern: string): Schema {
  return { description, type: 'array', minItems: 1, maxItems: 100, items: { type: 'string', pattern } }
}
