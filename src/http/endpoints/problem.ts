/** Error responses: RFC 9457 problem details, plus the `error` member of the service that this project replaces. */

export interface FieldError {
  field: string
  message: string
}

export interface ProblemOptions {
  /** The errors of single fields. Default: none. */
  errors?: FieldError[]
  headers?: Record<string, string>
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Creates an error response. @param error a message without internal details, because every client may see it. */
export function problem(status: number, error: string, options?: ProblemOptions): Response {
  const [text, , headers] = problemOf(status, error, options)
  const response: Described = new Response(text, { status, headers })
  response[PROBLEM] = { detail: error, errors: options?.errors }
  return response
}

/** Members of a problem document, available without reading its body. */
export interface Problem {
  detail: string
  errors: readonly FieldError[] | undefined
}

/** Property of a response with the members of its document. */
const PROBLEM = Symbol('hitrate:problem')
type Described = Response & { [PROBLEM]?: Problem }

/** Returns what a response of {@link problem} says; `undefined` for any other response, and for a copy. */
export function problemIn(response: Response): Problem | undefined {
  return (response as Described)[PROBLEM]
}

/**
 * The arguments with which `c.body` makes the response of {@link problem}. For responses that `cached()` stores: it need not read
 * the text of a response that the context has made.
 */
export function problemOf<Status extends number>(
  status: Status,
  error: string,
  { errors, headers }: ProblemOptions = {},
): [text: string, status: Status, headers: Record<string, string>] {
  const text = problemText(status, TITLES[status] ?? 'Error', error, errors && { errors })
  return [text, status, { ...TYPE, ...headers }]
}

/**
 * Like {@link problem}, but the caller passes the title, so that the bundle of `cached()` contains no table of titles.
 *
 * @param extensions further members of the body.
 */
export function titledProblem(
  status: number,
  title: string,
  error: string,
  extensions?: object,
  headers?: Record<string, string>,
): Response {
  return new Response(problemText(status, title, error, extensions), {
    status,
    headers: { ...TYPE, ...headers },
  })
}

const TYPE = { 'content-type': 'application/problem+json' }

function problemText(status: number, title: string, error: string, extensions?: object): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail: error, error, ...extensions })
}
