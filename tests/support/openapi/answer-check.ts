/** Holds answers of the service against its OpenAPI document: status, media type, headers and body. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importTool, skipUnlessTool } from '../tools.ts'

export interface ReceivedAnswer {
  status: number
  headers: Headers
  text: string
}

/** Throws an AssertionError when the document does not describe the answer. */
export type AnswerCheck = (request: { method: string; path: string }, answer: ReceivedAnswer) => void

/** Fields of the connection or of every message (RFC 9110 §6.6.1), which the document leaves out; workerd compresses by itself. */
const UNDESCRIBED = [
  'connection',
  'content-encoding',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
]

type Json = Readonly<Record<string, unknown>>

interface Described {
  description: string
  headers?: Record<string, Json>
  content?: Record<string, { schema: Json }>
}

interface Document {
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, Json> }>>
  components: { responses: Record<string, Json> }
}

/** The part of ajv's API that is used here. */
interface Ajv {
  addSchema(schema: object, key: string): Ajv
  compile(schema: object): ((value: unknown) => boolean) & { errors?: unknown }
}

interface Ajv2020Module {
  default: { default: new (options: object) => Ajv }
}

interface FormatsModule {
  default: { default: (ajv: Ajv) => Ajv }
}

/** The committed document. */
export function openapiJson(): string {
  return readFileSync(join(import.meta.dirname, '../../../src/service/openapi/openapi.json'), 'utf8')
}

/**
 * Returns a check that accepts every answer if ajv is not installed; with `CI=true` it throws then.
 *
 * @param written the document as JSON.
 */
export async function createAnswerCheck(written: string): Promise<AnswerCheck> {
  if (skipUnlessTool('ajv')) return () => {}
  const { default: ajvModule } = await importTool<Ajv2020Module>('ajv/dist/2020.js')
  const { default: formats } = await importTool<FormatsModule>('ajv-formats/dist/index.js')
  const document = closed(JSON.parse(written)) as Document
  const ajv = formats.default(new ajvModule.default({ strict: false, allErrors: true }))
  ajv.addSchema(
    { ...document, $id: 'https://hitrate.test/openapi.json' },
    'https://hitrate.test/openapi.json',
  )

  const validators = new WeakMap<object, ReturnType<Ajv['compile']>>()
  function validatorOf(schema: Json): ReturnType<Ajv['compile']> {
    const validator = validators.get(schema) ?? ajv.compile(absolute(schema))
    validators.set(schema, validator)
    return validator
  }

  function validate(schema: Json, value: unknown, what: string): void {
    const validator = validatorOf(schema)
    if (!validator(value))
      assert.fail(`${what}: ${JSON.stringify(value)} ${JSON.stringify(validator.errors)}`)
  }

  function resolved<T>(part: Json): T {
    const { $ref } = part
    if (typeof $ref !== 'string') return part as T
    const steps = $ref.slice(2).split('/')
    return steps.reduce<unknown>((whole, step) => (whole as Json)[step], document) as T
  }

  return function checkAnswer({ method, path }, { status, headers, text }) {
    const what = `${method} ${path}: ${status}`
    const described = resolved<Described>(
      descriptionOf(document, method, path, status) ??
        assert.fail(`${what} is not described. Content-Type: ${headers.get('content-type')} ${text}`),
    )
    checkHeaders(described, headers, what)
    if (method === 'HEAD' || status === 206) return
    const type = headers.get('content-type')?.split(';')[0]
    if (described.content === undefined)
      return assert.equal(text, '', `${what}: a body that is not described`)
    const media = described.content[type ?? ''] ?? assert.fail(`${what}: ${type} is not described`)
    validate(media.schema, /json$/.test(type ?? '') ? JSON.parse(text) : text, what)
  }

  function checkHeaders(described: Described, headers: Headers, what: string): void {
    const byName = new Map(
      Object.entries(described.headers ?? {}).map(([name, ref]) => [name.toLowerCase(), resolved<Json>(ref)]),
    )
    for (const [name, { required }] of byName)
      assert.ok(required !== true || headers.has(name), `${what}: ${name} is missing`)
    for (const [name, value] of headers) {
      if (UNDESCRIBED.includes(name)) continue
      const header = byName.get(name) ?? assert.fail(`${what}: the header ${name}: ${value} is not described`)
      const schema = header.schema as Json
      validate(schema, schema.type === 'integer' ? Number(value) : value, `${what}: ${name}`)
    }
  }
}

/** The response object of this answer; for a path or method that is not described, the shared 404 or 405. */
function descriptionOf(document: Document, method: string, path: string, status: number): Json | undefined {
  const { pathname } = new URL(path, 'http://localhost')
  const item = Object.entries(document.paths).find(([pattern]) => expressionOf(pattern).test(pathname))?.[1]
  const { NotFound, MethodNotAllowed } = document.components.responses
  if (item === undefined) return status === 404 ? NotFound : undefined
  const operation = item[method.toLowerCase()]
  // Without its route, as that of a purge without a token, a described path is a 404.
  if (operation === undefined) return { 404: NotFound, 405: MethodNotAllowed }[status]
  return operation.responses[status]
}

function expressionOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('.', '[.]').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

/** The document with closed objects, so that a member which it does not describe is an error. Clients must accept new members. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed)
  if (typeof part !== 'object' || part === null) return part
  const all = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, closed(value)]))
  const isOpenObject =
    all.type === 'object' && typeof all.properties === 'object' && !('additionalProperties' in all)
  return isOpenObject ? { ...all, additionalProperties: false } : all
}

/** The schema with references that hold outside the document too. */
function absolute(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"https://hitrate.test/openapi.json#/'))
}
