/** The properties of a request that lead to its headers, replaced on the objects themselves to record reads. */
import type { HonoRequest } from 'hono'
import { RECORDER } from './raw-request.ts'
import { recordedCopy } from './recorded-copy.ts'

/** Property of these objects: the properties that they had themselves before they were replaced. */
const REPLACED = Symbol('hitrate:replaced')

export type Recorded<T> = T & { [RECORDER]: ReadRecorder; [REPLACED]?: PropertyDescriptorMap | undefined }

/** Name that stands for headers whose names are unknown. It is not a valid header name. */
export const UNKNOWN_HEADER = '*'

/** The recorder of one request. */
export interface ReadRecorder {
  readonly raw: Request
  /** The recorder of an app around this one, if both have the same raw request (`app.mount`). */
  readonly outer: ReadRecorder | undefined
  /** Calls a function of Hono, whose reads of the raw request are not recorded. */
  paused<T>(call: () => T): T
  readAll(): void
  readByName(name: string): void
  /** Code has got the raw request. */
  takeRaw(): Request
  replaceRaw(raw: Request): void
  /** Code reads a property of `owner` and gets `next`, which leads to the headers too. */
  step(owner: object, next?: object): void
  /** Replaces the signal of the raw request; `undefined` if it is not replaced. */
  signal(): AbortSignal | undefined
}

export function replaceProperties(
  target: object,
  properties: PropertyDescriptorMap,
  recorder: ReadRecorder,
): void {
  const recorded = target as Partial<Recorded<object>>
  if (recorded[RECORDER] === undefined) {
    for (const name in properties) {
      const own = Object.getOwnPropertyDescriptor(target, name)
      if (own !== undefined) recorded[REPLACED] = { ...recorded[REPLACED], [name]: own }
    }
    Object.defineProperties(target, properties)
  }
  recorded[RECORDER] = recorder
}

/** The value of a property as it was before it was replaced: the object's own or that of its prototype. */
export function original<T>(target: object, name: string): T {
  const own = (target as Partial<Recorded<object>>)[REPLACED]?.[name]
  if (own !== undefined) return (own.get === undefined ? own.value : own.get.call(target)) as T
  return Reflect.get(Object.getPrototypeOf(target) as object, name, target) as T
}

type Properties<T> = PropertyDescriptorMap & ThisType<Recorded<T>>

/** Lets other code replace the properties again, as it could before. */
function replaceable<T>(properties: Properties<T>): Properties<T> {
  for (const property of Object.values(properties)) {
    property.configurable = true
    if ('value' in property) property.writable = true
  }
  return properties
}

/** Defined on each request, because each has a property of its own. */
const propertyRaw: PropertyDescriptor & ThisType<Recorded<HonoRequest>> = {
  configurable: true,
  enumerable: true, // `{ ...c.req }` copies it
  get() {
    return this[RECORDER].takeRaw()
  },
  set(raw: Request) {
    this[RECORDER].replaceRaw(raw)
  },
}

/** Defined on the prototype of recorded requests. */
const propertiesOfRequest: Properties<HonoRequest> = replaceable({
  url: {
    get() {
      return this[RECORDER].raw.url
    },
  },
  method: {
    get() {
      return this[RECORDER].raw.method
    },
  },
  header: {
    value(name?: string) {
      const recorder = this[RECORDER]
      const header = unrecorded<(name?: string) => unknown>(this, 'header')
      const result = recorder.paused(() => header.call(this, name))
      if (name) {
        recorder.readByName(name)
        return result
      }
      return recordedCopy(
        result as object,
        (one) => recorder.readByName(one),
        () => recorder.readAll(),
      )
    },
  },
  valid: {
    value(target: string) {
      const recorder = this[RECORDER]
      const valid: unknown = unrecorded<(target: string) => unknown>(this, 'valid').call(this, target)
      if (typeof valid !== 'object' || valid === null) return valid
      if (target === 'cookie') recorder.readByName(target)
      if (target !== 'header') return valid
      // A header that is optional and missing has no property, so the names that a copy depends on are unknown.
      return recordedCopy(
        valid,
        (name) => recorder.readByName(name),
        () => recorder.readByName(UNKNOWN_HEADER),
      )
    },
  },
})

/** Property of Hono's prototype of requests: the prototype of recorded requests, which inherits from it. */
const OF_RECORDED = Symbol('hitrate:recorded-requests')

/** Property of the prototype of recorded requests: that of Hono. */
const UNRECORDED = Symbol('hitrate:unrecorded')

interface HonoPrototype {
  [OF_RECORDED]?: object
}

/**
 * Lets a request report its reads. A request that changes its prototype stays faster than one with five more properties. Only the
 * methods that read a body are defined on each request, because a GET has none.
 */
export function recordRequest(req: HonoRequest, recorder: ReadRecorder): void {
  const prototype = Object.getPrototypeOf(req) as HonoPrototype
  const recorded = req as Recorded<HonoRequest>
  const known = Object.hasOwn(prototype, OF_RECORDED) ? prototype[OF_RECORDED] : undefined
  Object.setPrototypeOf(req, known ?? prototypeOfRecorded(prototype))
  recorded[RECORDER] = recorder
  Object.defineProperty(req, 'raw', propertyRaw)
  const { method } = recorder.raw
  if (method !== 'GET' && method !== 'HEAD') Object.defineProperties(req, bodyReaders(req))
}

function prototypeOfRecorded(prototype: HonoPrototype): object {
  const made: object = Object.create(prototype, {
    ...propertiesOfRequest,
    [UNRECORDED]: { value: prototype },
  })
  Object.defineProperty(prototype, OF_RECORDED, { value: made, configurable: true })
  return made
}

/** A method of a request as Hono made it. */
function unrecorded<T>(req: HonoRequest, name: 'header' | 'valid'): T {
  return (req as unknown as { [UNRECORDED]: HonoRequest })[UNRECORDED][name] as T
}

const BODY_READERS = ['json', 'text', 'arrayBuffer', 'bytes', 'blob', 'formData', 'parseBody'] as const

/** The methods of Hono that take the body from the raw request. */
function bodyReaders(req: HonoRequest): Properties<HonoRequest> {
  const readers = BODY_READERS.map((name) => {
    const read = req[name] as (...args: unknown[]) => unknown
    return [
      name,
      {
        value(this: Recorded<HonoRequest>, ...args: unknown[]) {
          return this[RECORDER].paused(() => read.apply(this, args))
        },
      },
    ]
  })
  return replaceable(Object.fromEntries(readers) as Properties<HonoRequest>)
}

export const propertiesOfRaw: Properties<Request> = replaceable({
  headers: {
    get() {
      const headers = original<Headers>(this, 'headers')
      this[RECORDER].step(this, headers)
      return headers
    },
  },
  signal: {
    get() {
      this[RECORDER].step(this)
      return this[RECORDER].signal() ?? original(this, 'signal')
    },
  },
  body: {
    get() {
      this[RECORDER].step(this)
      return original(this, 'body')
    },
  },
})

export const propertiesOfHeaders: Properties<Headers> = replaceable({
  get: {
    value(name: string) {
      this[RECORDER].readByName(String(name))
      this[RECORDER].step(this)
      return original<Headers['get']>(this, 'get').call(this, name)
    },
  },
  has: {
    value(name: string) {
      this[RECORDER].readByName(String(name))
      this[RECORDER].step(this)
      return original<Headers['has']>(this, 'has').call(this, name)
    },
  },
})
