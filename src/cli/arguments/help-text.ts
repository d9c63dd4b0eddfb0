/** The texts of `--help`. */
import { checkFlags, type Flag, type Flags, proxyFlags } from './flags.ts'

/** The command whose help is asked for. */
export type Topic = 'proxy' | 'check'

const HEADS: Readonly<Record<Topic, string>> = {
  proxy: `hitrate: a caching proxy in front of any HTTP server

Usage:
  hitrate [options] <upstream>    serve http://127.0.0.1:8080 from a cache before the upstream;
                                  its page is http://127.0.0.1:8080/__hitrate
  hitrate check [options] <url>   explain why a response is stored, or why it is not

Examples:
  hitrate http://localhost:3000
  hitrate --ttl 60 --stale-if-error 1h --port 9000 https://example.com
  hitrate check https://example.com/
`,
  check: `hitrate check: explain why a response is stored, or why it is not

Usage:
  hitrate check [options] <url>

Examples:
  hitrate check https://example.com/
  hitrate check --ttl 60 http://localhost:3000/news
  hitrate check --json -H 'Accept-Language: de' https://example.com/ | jq .stored

The exit code is 0 if the response is stored, 1 if it is not, 2 if it could not be asked for.
`,
}

const FOOT = `
A time is in seconds, or has a unit: 60, 60s, 5m, 2h, 1d. A size has one, too: 64MiB.
The variables HITRATE_TOKEN and HITRATE_REDIS_URL stand in for --token and --redis, because other
users of the machine can see a command line.
`

export function helpText(topic: Topic): string {
  const flags: Flags = topic === 'proxy' ? proxyFlags : checkFlags
  const rows = Object.entries(flags).map(([name, flag]) => [usageOf(name, flag), flag.help] as const)
  const width = Math.max(...rows.map(([usage]) => usage.length))
  const lines = rows.map(([usage, line]) => `  ${usage.padEnd(width)}  ${line}`)
  return `${HEADS[topic]}\nOptions:\n${lines.join('\n')}\n${topic === 'proxy' ? FOOT : ''}`
}

function usageOf(name: string, { short, placeholder = '' }: Flag): string {
  const value =
    placeholder === '' ? '' : placeholder.startsWith("'") ? ` ${placeholder}` : ` <${placeholder}>`
  return `${short === undefined ? '   ' : `-${short},`} --${name}${value}`
}
