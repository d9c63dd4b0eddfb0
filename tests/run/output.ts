/** Output of programs that run at the same time: of one as it comes, of each other one as a block when it has ended. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

export interface Output {
  /** Where a program writes. */
  readonly stdio: 'inherit' | number
  print(line: string): void
  /** Prints what is held back to another output. */
  releaseTo(output: Output): void
}

export const printed: Output = { stdio: 'inherit', print: (line) => console.log(line), releaseTo: () => {} }

/** @param path new file for the output: pipes would stay open for as long as a program that a test has left behind */
export function held(path: string): Output {
  const file = openSync(path, 'a')
  return {
    stdio: file,
    print: (line) => void writeSync(file, `${line}\n`),
    releaseTo: (output) => {
      closeSync(file)
      output.print(readFileSync(path, 'utf8').trimEnd())
    },
  }
}
