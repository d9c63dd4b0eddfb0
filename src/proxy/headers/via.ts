/** The header field `Via`: the proxies that a message has passed, and the detection of loops (RFC 9110 §7.6.3). */

/** Largest number of hitrate proxies before the upstream. More are a loop through several of them. */
const MAX_PROXIES = 10

/** Begins the pseudonym of each proxy. */
const NAME = 'hitrate'

/** Returns the pseudonym of one proxy process. All of its threads share it. @param random a few random characters. */
export function pseudonymOf(random: string): string {
  return `${NAME}-${random}`
}

/** True if the request has passed this proxy before, or very many others. */
export function isLoop(via: string | null, pseudonym: string): boolean {
  if (via === null || !via.includes(NAME)) return false
  const hosts = via.split(',').map((member) => member.trim().split(/\s+/)[1] ?? '')
  return hosts.includes(pseudonym) || hosts.filter((host) => host.startsWith(NAME)).length >= MAX_PROXIES
}

/** Returns the field's value with this proxy added. */
export function withVia(via: string | null, pseudonym: string): string {
  return `${via === null ? '' : `${via}, `}1.1 ${pseudonym}`
}
