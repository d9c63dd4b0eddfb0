/** Preloaded into a service under test: prints a line once the process has its handlers of signals. */
import { writeSync } from 'node:fs'
import process from 'node:process'

const on = process.on

process.on = function onEvent(this: NodeJS.Process, ...args: Parameters<typeof on>) {
  const result = on.apply(this, args)
  if (String(args[0]) === 'SIGINT') writeSync(2, 'The handlers of signals stand\n')
  return result
} as typeof on
