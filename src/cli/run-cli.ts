/** The program `hitrate` without its process: runs a command line, and returns what to print. */
import type { ProxyOptions } from '../proxy/proxy-options.ts'
import { version } from '../version.ts'
import { helpText } from './arguments/help-text.ts'
import { type Command, parseCommand } from './arguments/parse-command.ts'
import type { Environment } from './arguments/read-flags.ts'
import type { CheckOptions } from './check/check-options.ts'
import { type CheckParts, checkUrl } from './check/check-url.ts'
import { coloured, plain, reportText } from './check/report-text.ts'
import { printable } from './check/words/printable.ts'

export interface CliInput {
  /** The command line without the names of the runtime and of the program. */
  args: readonly string[]
  environment: Environment
  /** True if standard output is a terminal. */
  isTerminal: boolean
  /** Opens what a check needs. */
  checkParts: (options: CheckOptions) => Promise<CheckParts>
}

/** The output of a program that ends at once. */
export interface Printed {
  out: string
  /** For standard error. */
  err: string
  /** 0: done, or the response is stored. 1: it is not stored. 2: misuse, or no response. */
  exitCode: 0 | 1 | 2
}

/** Returns the options of the proxy that the command line asks for, or what to print. */
export async function runCli({
  args,
  environment,
  isTerminal,
  checkParts,
}: CliInput): Promise<ProxyOptions | Printed> {
  const command = parseCommand(args, environment)
  switch (command.name) {
    case 'help':
      return printed(helpText(command.topic))
    case 'version':
      return printed(`${version}\n`)
    case 'misuse':
      return misuse(command)
    case 'proxy':
      return command.options
    case 'check':
      return check(command, await checkParts(command.options), isTerminal && !environment.NO_COLOR)
  }
}

function printed(out: string): Printed {
  return { out, err: '', exitCode: 0 }
}

function misuse({ message, topic }: Extract<Command, { name: 'misuse' }>): Printed {
  const command = topic === 'check' ? 'hitrate check' : 'hitrate'
  return { out: '', err: `hitrate: ${message}\nSee ${command} --help\n`, exitCode: 2 }
}

async function check(
  { options, json }: Extract<Command, { name: 'check' }>,
  parts: CheckParts,
  hasColours: boolean,
): Promise<Printed> {
  const report = await checkUrl(options, parts)
  if ('failure' in report) {
    const out = json ? jsonText({ url: options.url.href, ...report }) : ''
    return { out, err: json ? '' : `hitrate: ${printable(report.failure)}\n`, exitCode: 2 }
  }
  const out = json ? jsonText(report) : reportText(report, hasColours ? coloured : plain)
  return { out, err: '', exitCode: report.stored ? 0 : 1 }
}

/** JSON.stringify leaves the control characters above U+007E as they are. */
function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2).split('\n').map(printable).join('\n')}\n`
}
