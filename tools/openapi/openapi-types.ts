/** The parts of an OpenAPI 3.1 document that this one has. */

/** A schema in JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>

export interface Ref {
  readonly $ref: string
}

export interface Header {
  readonly description: string
  readonly schema: Schema
  /** True if every response that lists the header has it. */
  readonly required?: boolean
  readonly example?: string | number
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly required?: boolean
  readonly schema: Schema
  readonly style?: string
  readonly explode?: boolean
  readonly example?: unknown
}

export interface Example {
  readonly summary: string
  readonly value: unknown
}

export interface MediaType {
  readonly schema: Schema
  readonly examples?: Readonly<Record<string, Example>>
}

export interface Answer {
  readonly description: string
  readonly headers: Readonly<Record<string, Ref>>
  readonly content?: Readonly<Record<string, MediaType>>
}

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly (Ref | Parameter)[]
  readonly requestBody?: {
    readonly description: string
    readonly required: boolean
    readonly content: Readonly<Record<string, MediaType>>
  }
  readonly responses: Readonly<Record<string, Answer | Ref>>
}

export type Method = 'get' | 'head' | 'post' | 'put' | 'delete' | 'options'

export type PathItem = Partial<Record<Method, Operation>>

export interface Document {
  readonly openapi: '3.1.1'
  readonly info: Schema
  readonly servers: readonly Schema[]
  readonly tags: readonly { name: string; description: string }[]
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly parameters: Readonly<Record<string, Parameter>>
    readonly headers: Readonly<Record<string, Header>>
    readonly responses: Readonly<Record<string, Answer>>
    readonly securitySchemes: Readonly<Record<string, Schema>>
  }
}
