/** Responses that depend on request headers: only declared dependencies are stored and shared (own choices). */
import type { HandlerResponse, Row, RowHeaders, RowOptions } from './row.ts'

const STORED = { 'cache-control': 'max-age=60' }
const A = { 'x-tenant': 'a', accept: 'text/html' }
const B = { 'x-tenant': 'b', accept: 'text/html' }

interface Dependency {
  name: string
  options?: RowOptions
  handler: HandlerResponse
  /** Request headers of two clients. */
  send?: [RowHeaders, RowHeaders]
  essential?: true
}

/** A row in which each client gets a response of its own, and `Cache-Status` has this reason. */
function refused(detail: string, { handler, send = [A, B], ...row }: Dependency): Row {
  return {
    ...row,
    steps: [...send, send[0]].map((headers, i) => ({
      send: headers,
      handler: { headers: STORED, ...handler },
      expect: { from: i + 1, cacheStatus: { detail, stored: null, hit: null } },
    })),
  }
}

/** A row in which the second client gets the response of the first. */
function shared({ handler, send = [A, B], ...row }: Dependency): Row {
  return {
    ...row,
    steps: send.map((headers) => ({
      send: headers,
      handler: { headers: STORED, ...handler },
      expect: { from: 1 },
    })),
  }
}

export const dependencies: readonly Row[] = [
  refused('depends-on-x-tenant', {
    name: 'RFC 9111 §4.1 a response made from a request header without Vary is not stored (own choice)',
    handler: { reads: ['X-Tenant'] },
    essential: true,
  }),
  refused('depends-on-x-tenant', {
    name: 'RFC 9111 §4.1 nor if the request lacks the header (own choice)',
    handler: { reads: ['x-tenant'] },
    send: [{}, A],
  }),
  ...['accept', 'user-agent', 'origin', 'referer', 'x-forwarded-proto', 'x-forwarded-for', 'cookie'].map(
    (name) =>
      refused(`depends-on-${name}`, {
        name: `RFC 9111 §4.1 ${name} is a dependency (own choice)`,
        handler: { reads: [name] },
        send: [{ [name]: 'a' }, { [name]: 'b' }],
      }),
  ),
  {
    name: 'RFC 9111 §4.1 an undeclared response is not shared with waiting requests (own choice)',
    steps: [
      {
        clients: 5,
        handler: { headers: STORED, reads: ['x-tenant'] },
        handlerCalls: 5,
        expect: { from: 1, collapsed: 0 },
      },
    ],
  },
  ...['vary: X-Tenant', 'cache-control: public, max-age=60'].map((line) => {
    const [name = '', value = ''] = line.split(': ')
    return shared({
      name: `RFC 9111 §4.1 ${line} declares the dependency`,
      handler: { headers: { ...STORED, [name]: value }, reads: ['x-tenant'] },
      send: [A, A],
    })
  }),
  refused('depends-on-x-tenant', {
    name: 'RFC 9111 §4.1 s-maxage does not declare the dependency',
    handler: { headers: { 'cache-control': 's-maxage=60' }, reads: ['x-tenant'] },
  }),
  shared({
    name: 'RFC 9111 §4.1 the option vary declares the dependency',
    options: { vary: 'x-tenant' },
    handler: { reads: ['x-tenant'] },
    send: [A, A],
    essential: true,
  }),
  shared({
    name: 'RFC 9111 §4.1 the option ignoredHeaders declares that there is none (own choice)',
    options: { ignoredHeaders: ['X-Tenant'] },
    handler: { reads: ['x-tenant'] },
  }),
  shared({
    name: 'RFC 9111 §4.1 headers of caching, connections and traces need no declaration (own choice)',
    handler: { reads: ['range', 'if-none-match', 'cache-control', 'host', 'via', 'traceparent'] },
    essential: true,
  }),
  shared({
    name: 'RFC 9111 §4.1 Origin needs no declaration where every origin is allowed (own choice)',
    handler: { headers: { ...STORED, 'access-control-allow-origin': '*' }, reads: ['origin'] },
  }),
  ...['cookie', 'authorization'].map((name) =>
    refused(name === 'cookie' ? 'depends-on-cookie' : 'authorization', {
      name: `RFC 9111 §4.1 a copy of all headers is a read of ${name}, if the request has it (own choice)`,
      handler: { copiesHeaders: true },
      send: [{ [name]: 'a' }, { [name]: 'b' }],
      essential: true,
    }),
  ),
  shared({
    name: 'RFC 9111 §4.1 the Vary of an upstream server is believed, if the request has no credentials',
    handler: { copiesHeaders: true },
    essential: true,
  }),
  shared({
    name: 'RFC 9111 §4.1 a cookie that nothing reads is no dependency',
    handler: {},
    send: [{ cookie: 'a' }, { cookie: 'b' }],
    essential: true,
  }),
  {
    name: 'RFC 9111 §4.1 a variable of earlier middleware depends on the headers of that middleware (own choice)',
    essential: true,
    steps: [
      { send: A, handler: byVariable('x-tenant'), expect: { from: 1, cacheStatus: { stored: true } } },
      { send: A, expect: { from: 1 } },
      {
        send: B,
        handler: byVariable('x-tenant'),
        expect: { from: 3, cacheStatus: { detail: 'depends-on-x-tenant', stored: null } },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.1 a variable of unknown origin is not stored for a request with a cookie (own choice)',
    steps: ['depends-on-variable', 'depends-on-x-other'].map((detail, i) => ({
      send: { cookie: 'a' },
      handler: byVariable('x-other'),
      expect: { from: i + 1, cacheStatus: { detail } },
    })),
  },
]

/** A handler that reads a variable made from this header. */
function byVariable(readsVariableOf: string): HandlerResponse {
  return { headers: STORED, readsVariableOf }
}
