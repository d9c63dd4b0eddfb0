/** `CORS_ORIGINS`: the origins whose pages may read responses. */
import * as z from 'zod'
import type { Origins } from '../access/cross-origin.ts'

/** `*`, or origins with commas between them, each as a browser sends it. */
export const corsOrigins = z
  .string()
  .transform((text, context): Origins => {
    if (text === '*') return text
    const origins = text.split(',').map((origin) => origin.trim())
    for (const origin of origins.filter((origin) => !isOrigin(origin))) {
      const message = `must be * or origins such as https://app.example.com, without a path, got ${JSON.stringify(origin)}`
      context.addIssue({ code: 'custom', message })
    }
    return [...new Set(origins)]
  })
  .optional()

/** True for scheme, host and port in their normal form: in lower case and without the port of the scheme, as browsers send them. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, host } = new URL(text)
  // URL accepts a wildcard as a host, but no browser sends one.
  return host !== '' && !host.includes('*') && `${protocol}//${host}` === text
}
