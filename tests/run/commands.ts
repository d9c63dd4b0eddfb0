/** Command lines of the test runners. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { root } from './test-files.ts'

export type Command = readonly string[]

export const bin = (name: string) => join(root, 'node_modules/.bin', name)

/** The pinned Node, which is that of the scripts, and the newest one. */
export const nodes = {
  pinned: bin('node'),
  newest: join(root, 'tools/node_modules/node-26/bin/node'),
}

/** @param report file for the JUnit report */
export function nodeTests(
  node: string,
  files: readonly string[],
  report: string,
  flags: Command = [],
): Command {
  const reporters = ['--test-reporter=dot', '--test-reporter-destination=stdout']
  const junit = ['--test-reporter=junit', `--test-reporter-destination=${report}`]
  return [node, '--disable-warning=ExperimentalWarning', '--test', ...flags, ...reporters, ...junit, ...files]
}

/** By default Node leaves one core idle, which halves the speed on a machine with two. */
export const onAllCores: Command = [`--test-concurrency=${availableParallelism()}`]

export const inOneProcess: Command = ['--test-isolation=none']

/** Runs the tests again whenever one of their files, or a module that they import, changes. */
export function nodeWatch(files: readonly string[]): Command {
  return [nodes.pinned, '--disable-warning=ExperimentalWarning', '--test', '--watch', ...files]
}

/** Prints the dots of the tests and then the coverage of src/. */
export function nodeCoverage(files: readonly string[]): Command {
  const reporters = ['dot', './tests/run/coverage-reporter.ts'].flatMap((reporter) => [
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
  ])
  const flags = ['--test', '--experimental-test-coverage', '--test-coverage-include=src/**', ...onAllCores]
  return [nodes.pinned, '--disable-warning=ExperimentalWarning', ...flags, ...reporters, ...files]
}

/** @param report file for the JUnit report */
export function bunTests(files: readonly string[], report: string): Command {
  const junit = ['--reporter=junit', `--reporter-outfile=${report}`]
  // Bun's default of 5 s is too short for tests with several threads on a busy machine.
  const flags = ['--only-failures', '--timeout=60000']
  return [bin('bun'), 'test', ...flags, ...junit, ...files.map((file) => `./${file}`)]
}
