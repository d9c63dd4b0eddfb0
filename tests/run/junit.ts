/** Counts of a JUnit report, as the test runners of Node and Bun write it. */
import { readFileSync } from 'node:fs'
import type { Output } from './output.ts'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

const testCase = /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g

/**
 * Counts test cases, and prints those that were skipped and the files whose process crashed. A report that does not exist
 * counts nothing: the runner ended before it wrote one, and its exit code fails the stage.
 */
export function countReport(file: string, output: Output): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const report = readReport(file)
  for (const [, attributes = '', body = ''] of report.matchAll(testCase)) {
    const name = /\bname="([^"]*)"/.exec(attributes)?.[1]
    if (/<(?:failure|error)\b/.test(body)) {
      counts.failed++
      // The dot reporter does not print why a test file's process ended.
      const [crash] = /exitCode: .*, signal: [^ ]*/.exec(body) ?? []
      if (crash !== undefined) output.print(`failed: ${name} (${crash})`)
    } else if (/<skipped\b/.test(body)) {
      counts.skipped++
      output.print(`skipped: ${name}${skipReason(body)}`)
    } else counts.passed++
  }
  if (report !== '' && !report.trimEnd().endsWith('</testsuites>')) {
    counts.failed++
    output.print('failed: the runner ended before its report was complete')
  }
  return counts
}

function readReport(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function skipReason(body: string): string {
  const message = /message="([^"]+)"/.exec(body)?.[1]
  return message === undefined || message === 'true' ? '' : ` (${message})`
}
