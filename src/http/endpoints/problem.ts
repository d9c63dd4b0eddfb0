/** Errors as every client gets them: RFC 9457 problem details, plus the `error` member of the original service. */

export interface FieldError {
  field: string
  message: string
}

export interface ProblemOptions {
  /** What was wrong with which field. */
  errors?: FieldError[]
  headers?: Record<string, string>
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** @param error what went wrong, in words that may be shown to anyone. */
export function problem(status: number, error: string, { errors, headers }: ProblemOptions = {}): Response {
  const title = TITLES[status] ?? 'Error'
  const body = { type: 'about:blank', title, status, detail: error, error, ...(errors && { errors }) }
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
}
