/** Runs a row step by step. The error of the first failing step lists all its differences. */
import assert from 'node:assert/strict'
import type { HandlerPlan, HandlerRequest } from './origin.ts'
import {
  type Expectation,
  type ExpectedValue,
  type HandlerResponse,
  HOST,
  type Row,
  type RowHeaders,
  type RowOptions,
  type Step,
} from './row.ts'

/** The service that rows run against: in this process, or through sockets. */
export interface RowTarget {
  /** Creates a new cache at the start time. */
  reset(options: RowOptions): Promise<void>
  /** Advances the clock and sets the handler's response. */
  prepare(seconds: number, plan: HandlerPlan): Promise<void>
  request(request: ClientRequest): Promise<ClientResponse>
  /** Requests to the handler since `prepare`. */
  handlerRequests(): Promise<HandlerRequest[]>
}

export interface ClientRequest {
  method: string
  host: string
  path: string
  headers: RowHeaders
}

/** The response that a client received. */
export interface ClientResponse {
  status: number
  /** Names in lower case; the lines of one header are joined. */
  headers: ReadonlyMap<string, string>
  body: string
  /** Bytes of the body. */
  length: number
  /** True if the body ended with an error. */
  bodyFailed: boolean
}

export async function runRow(row: Row, target: RowTarget): Promise<void> {
  await target.reset(row.options ?? {})
  const handlerResponses: HandlerResponse[] = []
  for (const [index, step] of row.steps.entries()) {
    const previous = index === 0 ? {} : withoutBody(handlerResponses[index - 1] ?? {})
    const planned: HandlerResponse = { body: String(index + 1), ...(step.handler ?? previous) }
    handlerResponses.push(planned.throws ? { ...planned, status: 500, body: 'failed' } : planned)

    const { after = 0, method = 'GET', host = HOST, path = '/', send = {}, clients = 1 } = step
    await target.prepare(after, { ...planned, clients })
    const request = { method, host, path, headers: send }
    const responses = await Promise.all(Array.from({ length: clients }, () => target.request(request)))
    const handlerRequests = await target.handlerRequests()

    const from = step.expect.from === undefined ? undefined : handlerResponses[step.expect.from - 1]
    const differences = [
      ...responses.flatMap((response) => [
        ...differencesOfAnyResponse(response, method),
        ...differencesOfResponse(response, step.expect, from, method),
      ]),
      ...differencesOfCalls(handlerRequests, step.handlerCalls ?? step.expect.from === index + 1),
      ...differencesOfCollapsed(responses, step.expect.collapsed),
    ]
    const title = `step ${index + 1}, ${method} ${path}:`
    assert.ok(differences.length === 0, [title, ...differences, ...responses.map(formatted)].join('\n  '))
  }
}

function withoutBody({ body: _, ...rest }: HandlerResponse): HandlerResponse {
  return rest
}

/** Rules for every response. */
function differencesOfAnyResponse({ status, headers, length }: ClientResponse, method: string): string[] {
  const differences: string[] = []
  const isBodiless = method === 'HEAD' || status === 304 || status === 204
  const declared = headers.get('content-length')
  const age = headers.get('age')
  const parameters = hitrateStatus(headers)
  if (isBodiless && length > 0) differences.push(`a ${method === 'HEAD' ? method : status} has a body`)
  if (!isBodiless && declared !== undefined && Number(declared) !== length)
    differences.push(`content-length is ${declared}, but the body has ${length} bytes`)
  if (parameters?.has('hit') && !/^\d+$/.test(age ?? '')) differences.push(`a hit has the age ${age}`)
  if (parameters === undefined && method !== 'OPTIONS')
    differences.push('the last member of cache-status is not of hitrate')
  if (parameters?.has('hit') && parameters.has('fwd')) differences.push('cache-status has both hit and fwd')
  return differences
}

function differencesOfResponse(
  response: ClientResponse,
  expect: Expectation,
  from: HandlerResponse | undefined,
  method: string,
): string[] {
  const differences: string[] = []
  const { status, body, headers = {}, cacheStatus = {}, fails = false } = expect
  if (fails)
    return response.bodyFailed || response.status === 500
      ? []
      : ['the body does not fail and the status is not 500']
  if (response.bodyFailed) differences.push('the body fails')

  const statuses = [status ?? from?.status ?? (from && 200) ?? response.status].flat()
  if (!statuses.includes(response.status))
    differences.push(`the status is ${response.status}, not ${statuses.join('/')}`)

  const isBodiless = method === 'HEAD' || statuses.some((one) => one === 304 || one === 204)
  const expectedBody = body ?? (isBodiless ? undefined : from?.body)
  if (expectedBody !== undefined && response.body !== expectedBody)
    differences.push(`the body is ${shortened(response.body)}, not ${shortened(expectedBody)}`)

  for (const [name, expected] of Object.entries(headers))
    differences.push(...differencesOfValue(name, response.headers.get(name), expected))
  const parameters = hitrateStatus(response.headers)
  for (const [name, expected] of Object.entries(cacheStatus)) {
    const value = expected === true ? '' : typeof expected === 'number' ? String(expected) : expected
    differences.push(...differencesOfValue(`cache-status: ${name}`, parameters?.get(name), value))
  }
  return differences
}

function differencesOfCalls(
  requests: HandlerRequest[],
  expected: NonNullable<Step['handlerCalls']>,
): string[] {
  if (expected === 'either') return []
  const times = Number(typeof expected === 'object' ? 1 : expected)
  if (requests.length !== times) return [`the handler is called ${requests.length} times, not ${times}`]
  if (typeof expected !== 'object') return []
  return Object.entries(expected).flatMap(([name, value]) =>
    differencesOfValue(`the handler's request: ${name}`, requests[0]?.headers[name], value),
  )
}

function differencesOfCollapsed(responses: ClientResponse[], expected: number | undefined): string[] {
  const collapsed = responses.filter(({ headers }) => hitrateStatus(headers)?.has('collapsed')).length
  if (expected === undefined || expected === collapsed) return []
  return [`${collapsed} responses are collapsed, not ${expected}`]
}

function differencesOfValue(name: string, value: string | undefined, expected: ExpectedValue): string[] {
  const actual = value === undefined ? 'absent' : shortened(value)
  if (expected === null) return value === undefined ? [] : [`${name} is ${actual}, not absent`]
  if (expected instanceof RegExp)
    return expected.test(value ?? '') ? [] : [`${name} is ${actual}, which does not match ${expected}`]
  if (typeof expected === 'object') return value === expected.not ? [`${name} is ${actual}`] : []
  return value === expected ? [] : [`${name} is ${actual}, not ${shortened(expected)}`]
}

/** The parameters of hitrate's member of `Cache-Status`, which must be the last member (RFC 9211 §2). */
function hitrateStatus(headers: ClientResponse['headers']): Map<string, string> | undefined {
  const member = /(?:^|,\s*)hitrate((?:\s*;\s*[a-z-]+(?:=(?:"[^"]*"|[^\s;,"]+))?)*)$/.exec(
    headers.get('cache-status') ?? '',
  )
  if (member === null) return undefined
  const parameters = member[1]?.matchAll(/([a-z-]+)(?:=("[^"]*"|[^\s;]+))?/g) ?? []
  return new Map([...parameters].map(([, name = '', value = '']) => [name, value.replace(/^"|"$/g, '')]))
}

function formatted({ status, headers, body }: ClientResponse): string {
  const lines = [...headers].map(([name, value]) => `    ${name}: ${value}`)
  return [`the response is ${status} ${shortened(body)} with`, ...lines].join('\n  ')
}

function shortened(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}... (${text.length})` : text)
}
