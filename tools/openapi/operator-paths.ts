/** The operations for operators: health, metrics, purging, and this document. */
import { refTo } from './answer-schemas.ts'
import { parameters, withHeaders } from './headers.ts'
import type { MediaType, Operation, PathItem } from './openapi-types.ts'
import { answer, jsonAnswer } from './shared-answers.ts'

const TRACING = parameters('RequestId', 'Traceparent')

const health: Operation = {
  operationId: 'health',
  tags: ['Health'],
  summary: 'Is the process alive?',
  description: 'For liveness probes. It reads nothing but the clock.',
  parameters: TRACING,
  responses: { 200: jsonAnswer('The process is alive.', 'Health', 'Cache-Control') },
}

const readiness: Operation = {
  operationId: 'readiness',
  tags: ['Health'],
  summary: 'May requests be sent to this process?',
  description: 'For readiness probes and load balancers. Each check has 2.5 seconds.',
  parameters: TRACING,
  responses: {
    200: jsonAnswer('The service is ready.', 'Readiness', 'Cache-Control'),
    503: jsonAnswer('The service is not ready, or it is stopping.', 'Readiness', 'Cache-Control'),
  },
}

const TEXT: MediaType = { schema: { type: 'string' } }

const metrics: Operation = {
  operationId: 'metrics',
  tags: ['Operation'],
  summary: 'Metrics for Prometheus',
  description:
    '`Accept` chooses between the text format, OpenMetrics and protobuf; `Accept-Encoding` the compression. Needs `METRICS_TOKEN` if the service has one.',
  security: [{}, { metricsToken: [] }],
  parameters: [
    {
      name: 'X-Prometheus-Scrape-Timeout-Seconds',
      in: 'header',
      description: 'Timeout of the scraper, in seconds. Values that take time to read get less.',
      schema: { type: 'number', exclusiveMinimum: 0 },
      example: 10,
    },
    ...TRACING,
  ],
  responses: {
    200: {
      description: 'All metrics.',
      headers: withHeaders('Cache-Control', 'Content-Encoding'),
      content: {
        'text/plain': TEXT,
        'application/openmetrics-text': TEXT,
        'application/vnd.google.protobuf': TEXT,
      },
    },
    401: answer('Unauthorized'),
    500: answer('ServerError'),
  },
}

const purge: Operation = {
  operationId: 'purge',
  tags: ['Operation'],
  summary: 'Remove stored responses',
  description:
    'Present only if the service has `ADMIN_TOKEN`; otherwise the path is a 404. The response is sent once no thread of the process serves the old responses.',
  security: [{ adminToken: [] }],
  parameters: TRACING,
  requestBody: {
    description: 'What to purge. At most 65,536 bytes, without a content encoding.',
    required: true,
    content: { 'application/json': { schema: refTo('Purge') } },
  },
  responses: {
    200: jsonAnswer('The result.', 'Purged'),
    400: answer('BadRequest'),
    401: answer('Unauthorized'),
    404: answer('NotFound'),
    413: answer('ContentTooLarge'),
    415: answer('UnsupportedMediaType'),
    500: answer('ServerError'),
  },
}

const STATIC = ['ETag', 'Cache-Control']

const openapi: Operation = {
  operationId: 'openapi',
  tags: ['Documentation'],
  summary: 'This document',
  description: 'The API in OpenAPI 3.1. With `API_DOCS=off` the path is a 404.',
  parameters: [...parameters('IfNoneMatch'), ...TRACING],
  responses: {
    200: {
      description: 'The document.',
      headers: withHeaders(...STATIC),
      content: { 'application/json': { schema: { type: 'object', required: ['openapi'] } } },
    },
    304: answer('NotModified'),
    404: answer('NotFound'),
  },
}

const docs: Operation = {
  operationId: 'docs',
  tags: ['Documentation'],
  summary: 'This document as a page',
  description: 'A page without scripts that loads nothing else. With `API_DOCS=off` the path is a 404.',
  parameters: [...parameters('IfNoneMatch'), ...TRACING],
  responses: {
    200: {
      description: 'The page.',
      headers: withHeaders(...STATIC, 'Content-Security-Policy'),
      content: { 'text/html': TEXT },
    },
    304: answer('NotModified'),
    404: answer('NotFound'),
  },
}

export const operatorPaths: Record<string, PathItem> = {
  '/health': { get: health },
  '/health/ready': { get: readiness },
  '/metrics': { get: metrics },
  '/admin/purge': { post: purge },
  '/openapi.json': { get: openapi },
  '/docs': { get: docs },
}
