/** A recorded answer as a line for the shell and as the text of the response. */
import type { Exchange } from '../recorded-answers.ts'

const ORIGIN = 'http://127.0.0.1:3000'

/** The request as a curl command; headers with a shell variable are in double quotes. */
export function curlOf({ method, path, headers = {}, body }: Exchange): string {
  return [
    'curl -i',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    /[?&]/.test(path) ? `'${ORIGIN}${path}'` : `${ORIGIN}${path}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d '${body}'`]),
  ].join(' ')
}

function quoted(header: string): string {
  return header.includes('$') ? `"${header}"` : `'${header}'`
}

/** The response as a text: status, headers, body. */
export function responseOf({ status, answerHeaders, answer }: Exchange): string {
  const lines = [`HTTP/1.1 ${status}`, ...answerHeaders.map(([name, value]) => `${name}: ${value}`)]
  return answer === '' ? lines.join('\n') : `${lines.join('\n')}\n\n${answer}`
}
