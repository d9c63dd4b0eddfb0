/** Tokens in environment variables: their syntax, their length, and that each has a value of its own. */
import * as z from 'zod'

/** Smallest number of characters of a token. 16 hexadecimal digits have 64 random bits, too many to be guessed over a network. */
const MIN_LENGTH = 16

/** No message contains the value, because the messages are printed. */
const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/, {
    error: 'must be printable ASCII without spaces, because it is sent in a header',
    abort: true,
  })
  .min(MIN_LENGTH, `must have at least ${MIN_LENGTH} characters`)
  .optional()

/** The variables with tokens, in the order of their rights: a token is refused if it equals one of those before it. */
export const tokenVariables = {
  METRICS_TOKEN: token,
  READ_TOKEN: token,
  API_TOKEN: token,
  ADMIN_TOKEN: token,
}

type TokenName = keyof typeof tokenVariables

/** Returns an error for each token that equals another one: who has the lesser right would have the greater one too. */
export function tokenProblems(values: Readonly<Partial<Record<TokenName, string | undefined>>>): string[] {
  const names = (Object.keys(tokenVariables) as TokenName[]).filter((name) => values[name] !== undefined)
  return names.flatMap((name, i) => {
    const same = names.slice(0, i).find((other) => values[other] === values[name])
    return same === undefined
      ? []
      : [`${name}: must differ from ${same}, because each token allows other requests`]
  })
}
