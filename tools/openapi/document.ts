/** The OpenAPI document of the service, put together from its parts and from recorded answers. */
import { version } from '../../src/version.ts'
import { answerSchemas } from './answer-schemas.ts'
import { headerParameters, headers } from './headers.ts'
import type { Answer, Document, Operation, PathItem } from './openapi-types.ts'
import { operatorPaths } from './operator-paths.ts'
import type { Exchange } from './recorded-answers.ts'
import { requestSchemas } from './request-schemas.ts'
import { answer, sharedAnswers } from './shared-answers.ts'
import { userPaths } from './user-paths.ts'
import { withExamples } from './with-examples.ts'

const DESCRIPTION = `A REST API for users behind a read-through cache.

- Times are in seconds where a name or a description says nothing else, and in GMT where they are dates.
- Every error is a problem document (RFC 9457).
- \`HEAD\` works wherever \`GET\` does, and has the same headers without a body. \`OPTIONS\` lists the methods of a path.
- Another method on one of these paths is a 405 with \`Allow\`; another path is a 404.
- \`X-Request-Id\` and \`traceparent\` are taken from the request, or made, and returned.`

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description })

/** @param exchanges recorded answers, which become examples. */
export function openapiDocument(exchanges: readonly Exchange[]): Document {
  const paths = Object.fromEntries(
    Object.entries(withExamples({ ...userPaths, ...operatorPaths }, exchanges)).map(([path, item]) => [
      path,
      withHeadAndOptions(item),
    ]),
  )
  return {
    openapi: '3.1.1',
    info: {
      title: 'hitrate',
      summary: 'A REST API for users behind a read-through cache',
      description: DESCRIPTION,
      version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The service that serves this document' }],
    tags: [
      { name: 'Users', description: 'Reading and writing users.' },
      { name: 'Health', description: 'For probes and load balancers.' },
      { name: 'Operation', description: 'For Prometheus and for operators.' },
      { name: 'Documentation', description: 'The description of this API.' },
    ],
    paths,
    components: {
      schemas: { ...requestSchemas, ...answerSchemas },
      parameters: headerParameters,
      headers,
      responses: sharedAnswers,
      securitySchemes: {
        apiToken: bearer('`API_TOKEN`, for writes. A service on loopback may allow writes without one.'),
        readToken: bearer(
          '`READ_TOKEN` or `API_TOKEN`, for reads. Only a service that has a `READ_TOKEN` needs it.',
        ),
        metricsToken: bearer('`METRICS_TOKEN`, for metrics. Only a service that has one needs it.'),
        adminToken: bearer('`ADMIN_TOKEN`, for purges.'),
      },
    },
  }
}

function withHeadAndOptions(item: PathItem): PathItem {
  const { get, ...others } = item
  const [first] = Object.values(item)
  if (first === undefined) return item
  return {
    ...(get === undefined ? {} : { get, head: headOf(get) }),
    ...others,
    options: optionsOf(first),
  }
}

/** HEAD has the responses of GET without their bodies (RFC 9110 §9.3.2). */
function headOf(get: Operation): Operation {
  const responses = Object.entries(get.responses).map(([status, response]) => [
    status,
    '$ref' in response ? response : withoutBody(response),
  ])
  return {
    ...get,
    operationId: `${get.operationId}Head`,
    summary: `${get.summary}: the headers alone`,
    description: 'As GET, without the body.',
    responses: Object.fromEntries(responses),
  }
}

function withoutBody({ description, headers }: Answer): Answer {
  return { description: `${description} No body.`, headers }
}

function optionsOf({ operationId, tags, parameters = [], responses }: Operation): Operation {
  const absent = responses[404]
  // The answer is the same for every path of the pattern, so a malformed id is no error.
  const inPath = parameters.flatMap((parameter) =>
    'in' in parameter && parameter.in === 'path' ? [{ ...parameter, schema: { type: 'string' } }] : [],
  )
  return {
    operationId: `${operationId}Options`,
    tags,
    summary: 'List the methods of this path',
    description: 'The methods in `Allow`; also the answer to a preflight request of a browser (CORS).',
    ...(inPath.length > 0 ? { parameters: inPath } : {}),
    // The route itself may be absent, not only what it serves.
    responses: {
      204: answer('Allowed'),
      ...(absent !== undefined && '$ref' in absent ? { 404: absent } : {}),
    },
  }
}
