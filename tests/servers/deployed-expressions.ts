/** Every PromQL expression in deploy/: of recording rules, alerts, their texts, and dashboards. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../runtimes/running-service.ts'

export interface Expression {
  /** File, and the rule or panel in it. */
  place: string
  /** PromQL, with values in place of the variables. */
  text: string
  /** Name of the series that a recording rule makes. */
  records?: string
  /** A panel shows it, so it must not be empty. */
  isShown: boolean
}

export function deployedExpressions(): Expression[] {
  const dashboards = globSync('deploy/grafana/*.json', { cwd: root }).sort()
  return [
    ...ruleExpressions('deploy/rules.yml'),
    ...ruleExpressions('deploy/alerts.yml'),
    ...dashboards.flatMap(ofDashboard),
  ]
}

function ruleExpressions(file: string): Expression[] {
  const rules = readFileSync(join(root, file), 'utf8')
    .split(/^ {6}- (?=alert: |record: )/m)
    .slice(1)
  return rules.flatMap((rule) => {
    const [, kind, name = ''] = /^(alert|record): (.*)/.exec(rule) ?? []
    const [, inline, block] = /^ {8}expr: (?:\|\n((?: {10}.*\n)+)|(.*))/m.exec(rule) ?? []
    const expr = inline ?? block ?? ''
    const place = `${file} ${name}`
    const inTexts = [...rule.matchAll(/printf `([^`]*)`/g)].map(([, query = '']) => query)
    return [
      { place, text: expr, isShown: false, ...(kind === 'record' ? { records: name } : {}) },
      ...inTexts.map((query) => ({
        place: `${place} text`,
        text: query.replaceAll('%q', '"hitrate"'),
        isShown: false,
      })),
    ]
  })
}

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[]
  annotations: { list: { name: string; expr: string }[] }
  templating: { list: { name: string; query: string | { query: string } }[] }
}

function ofDashboard(file: string): Expression[] {
  const { panels, annotations, templating } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Dashboard
  const panelExpressions = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ place: `${file} ${title}`, text: withValues(expr), isShown: true })),
  )
  const marks = annotations.list.map(({ name, expr }) => ({
    place: `${file} ${name}`,
    text: withValues(expr),
    isShown: true,
  }))
  const variables = templating.list.flatMap(({ name, query }) => {
    const [, selector] =
      /^label_values\((.*), \w+\)$/.exec(typeof query === 'string' ? query : query.query) ?? []
    return selector === undefined
      ? []
      : [{ place: `${file} $${name}`, text: withValues(selector), isShown: true }]
  })
  return [...panelExpressions, ...marks, ...variables]
}

/** As Grafana does when all instances and caches are chosen. */
function withValues(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$job', 'hitrate')
    .replaceAll(/\$(?:instance|cache)/g, '.*')
}
