/** Runs the strict OpenMetrics parser of Prometheus' Python client in a child process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { ParsedFamily } from './exposition-parser.ts'

const script = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families

def sample(s):
    parsed = {'name': s.name, 'labels': s.labels, 'value': repr(float(s.value))}
    if s.exemplar:
        e = s.exemplar
        parsed['exemplar'] = {'labels': e.labels, 'value': repr(float(e.value)), 'timestamp': repr(float(e.timestamp))}
    return parsed

def family(f):
    return {'name': f.name, 'help': f.documentation, 'type': f.type, 'unit': f.unit, 'samples': [sample(s) for s in f.samples]}

def families(text):
    try:
        return [family(f) for f in text_string_to_metric_families(text)]
    except Exception as e:
        return repr(e) + ' in ' + text

print(json.dumps([families(text) for text in json.load(sys.stdin)]))
`

/** Returns the parsed form of each text. Throws the parser's error message if there is one. */
export function parseWithPython(python: string, texts: readonly string[]): ParsedFamily[][] {
  const { error, status, stdout, stderr } = spawnSync(python, ['-c', script], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  assert.ifError(error)
  assert.equal(status, 0, stderr)
  const results = JSON.parse(stdout, (key, value) =>
    (key === 'value' || key === 'timestamp') && typeof value === 'string' ? parseFloatOfPython(value) : value,
  ) as (ParsedFamily[] | string)[]
  return results.map((result) => {
    assert.ok(typeof result !== 'string', `${result}`)
    return result
  })
}

function parseFloatOfPython(written: string): number {
  return Number(written.replace('inf', 'Infinity').replace('nan', 'NaN'))
}
