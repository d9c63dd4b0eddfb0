/** Plays a row, step by step, and says everything in which the first step that goes wrong differs. */
import assert from 'node:assert/strict'
import type { Ask, Plan } from './origin.ts'
import {
  type Answer,
  type Fields,
  HOST,
  type Row,
  type RowOptions,
  type Sees,
  type Step,
  type Wanted,
} from './row.ts'

/** Where rows are played: in process, or through sockets. */
export interface Stage {
  /** A new cache, at the begin of time. */
  begin(options: RowOptions): Promise<void>
  /** Lets seconds pass, and says what the handler does from now on. */
  prepare(seconds: number, plan: Plan): Promise<void>
  request(question: Question): Promise<Seen>
  /** What the handler was asked since. */
  asked(): Promise<Ask[]>
}

export interface Question {
  method: string
  host: string
  path: string
  fields: Fields
}

/** What a client got. */
export interface Seen {
  status: number
  /** Names in lower case; the lines of one field are joined. */
  fields: ReadonlyMap<string, string>
  body: string
  /** In bytes. */
  length: number
  /** It ended before its end. */
  brokeOff: boolean
}

export async function play(row: Row, stage: Stage): Promise<void> {
  await stage.begin(row.options ?? {})
  const answers: Answer[] = []
  for (const [index, step] of row.steps.entries()) {
    const before = index === 0 ? {} : withoutBody(answers[index - 1] ?? {})
    const answer: Answer = { body: String(index + 1), ...(step.handler ?? before) }
    answers.push(answer.throws ? { ...answer, status: 500, body: 'failed' } : answer)

    const { after = 0, method = 'GET', host = HOST, path = '/', send = {}, together = 1 } = step
    await stage.prepare(after, { ...answer, together })
    const question = { method, host, path, fields: send }
    const all = await Promise.all(Array.from({ length: together }, () => stage.request(question)))
    const asks = await stage.asked()

    const from = step.sees.from === undefined ? undefined : answers[step.sees.from - 1]
    const complaints = [
      ...all.flatMap((seen) => [...always(seen, method), ...compare(seen, step.sees, from, method)]),
      ...compareAsks(asks, step.asks ?? step.sees.from === index + 1),
      ...compareCollapsed(all, step.sees.collapsed),
    ]
    const place = `step ${index + 1}, ${method} ${path}`
    assert.ok(complaints.length === 0, [`${place}:`, ...complaints, ...all.map(described)].join('\n  '))
  }
}

function withoutBody({ body: _, ...rest }: Answer): Answer {
  return rest
}

/** What holds for every answer. */
function always({ status, fields, length }: Seen, method: string): string[] {
  const complaints: string[] = []
  const bodiless = method === 'HEAD' || status === 304 || status === 204
  const declared = fields.get('content-length')
  const age = fields.get('age')
  const own = ownStatus(fields)
  if (bodiless && length > 0) complaints.push(`a ${method === 'HEAD' ? method : status} has a body`)
  if (!bodiless && declared !== undefined && Number(declared) !== length)
    complaints.push(`content-length is ${declared}, and the body has ${length} bytes`)
  if (own?.has('hit') && !/^\d+$/.test(age ?? '')) complaints.push(`a hit has the age ${age}`)
  if (own === undefined) complaints.push('cache-status says nothing of ours in the last place')
  if (own?.has('hit') && own.has('fwd')) complaints.push('cache-status says both hit and fwd')
  return complaints
}

function compare(seen: Seen, sees: Sees, from: Answer | undefined, method: string): string[] {
  const complaints: string[] = []
  const { status, body, fields = {}, cacheStatus = {}, broken = false } = sees
  if (broken)
    return seen.brokeOff || seen.status === 500 ? [] : ['the answer neither breaks off nor is a 500']
  if (seen.brokeOff) complaints.push('the answer breaks off')

  const statuses = [status ?? from?.status ?? (from && 200) ?? seen.status].flat()
  if (!statuses.includes(seen.status))
    complaints.push(`the status is ${seen.status}, not ${statuses.join('/')}`)

  const bodiless = method === 'HEAD' || statuses.some((one) => one === 304 || one === 204)
  const wantedBody = body ?? (bodiless ? undefined : from?.body)
  if (wantedBody !== undefined && seen.body !== wantedBody)
    complaints.push(`the body is ${shortened(seen.body)}, not ${shortened(wantedBody)}`)

  for (const [name, wanted] of Object.entries(fields))
    complaints.push(...compareValue(name, seen.fields.get(name), wanted))
  const own = ownStatus(seen.fields)
  for (const [name, wanted] of Object.entries(cacheStatus)) {
    const value = wanted === true ? '' : typeof wanted === 'number' ? String(wanted) : wanted
    complaints.push(...compareValue(`cache-status: ${name}`, own?.get(name), value))
  }
  return complaints
}

function compareAsks(asks: Ask[], wanted: NonNullable<Step['asks']>): string[] {
  if (wanted === 'either') return []
  const times = Number(typeof wanted === 'object' ? 1 : wanted)
  if (asks.length !== times) return [`the handler is asked ${asks.length} times, not ${times}`]
  if (typeof wanted !== 'object') return []
  return Object.entries(wanted).flatMap(([name, value]) =>
    compareValue(`the handler's request: ${name}`, asks[0]?.fields[name], value),
  )
}

function compareCollapsed(all: Seen[], wanted: number | undefined): string[] {
  const collapsed = all.filter(({ fields }) => ownStatus(fields)?.has('collapsed')).length
  return wanted === undefined || wanted === collapsed ? [] : [`${collapsed} are collapsed, not ${wanted}`]
}

function compareValue(name: string, value: string | undefined, wanted: Wanted): string[] {
  const shown = value === undefined ? 'absent' : shortened(value)
  if (wanted === null) return value === undefined ? [] : [`${name} is ${shown}, not absent`]
  if (wanted instanceof RegExp)
    return wanted.test(value ?? '') ? [] : [`${name} is ${shown}, not like ${wanted}`]
  if (typeof wanted === 'object') return value === wanted.not ? [`${name} is ${shown}`] : []
  return value === wanted ? [] : [`${name} is ${shown}, not ${shortened(wanted)}`]
}

/** The parameters of our member of `Cache-Status`, which must be the last (RFC 9211 §2). */
function ownStatus(fields: Seen['fields']): Map<string, string> | undefined {
  const member = /(?:^|,\s*)hitrate((?:\s*;\s*[a-z-]+(?:=(?:"[^"]*"|[^\s;,"]+))?)*)$/.exec(
    fields.get('cache-status') ?? '',
  )
  if (member === null) return undefined
  const parameters = member[1]?.matchAll(/([a-z-]+)(?:=("[^"]*"|[^\s;]+))?/g) ?? []
  return new Map([...parameters].map(([, name = '', value = '']) => [name, value.replace(/^"|"$/g, '')]))
}

function described({ status, fields, body }: Seen): string {
  const lines = [...fields].map(([name, value]) => `    ${name}: ${value}`)
  return [`it got ${status} ${shortened(body)} with`, ...lines].join('\n  ')
}

function shortened(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}... (${text.length})` : text)
}
