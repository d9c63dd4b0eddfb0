/**
 * RFC 9110 §12.5.3 and §8.4: selection among stored responses by their content coding. Workers sets `Accept-Encoding` itself, so no
 * row runs there.
 */
import type { Row, Step } from './row.ts'

const FRESH = { 'cache-control': 'max-age=60', vary: 'Accept-Encoding' }

/** A request with this `Accept-Encoding`, which the handler answers in this coding if it is called. */
function load(accepted: string, coding: string | undefined, from: number): Step {
  const headers = coding === undefined ? FRESH : { ...FRESH, 'content-encoding': coding }
  return {
    send: { 'accept-encoding': accepted },
    handler: { headers },
    expect: { from, headers: { 'content-encoding': coding ?? null } },
  }
}

/** A request that a stored response answers. */
function reuse(accepted: string, coding: string | null, from: number): Step {
  return {
    send: { 'accept-encoding': accepted },
    expect: { from, headers: { 'content-encoding': coding } },
  }
}

export const codings: Row[] = [
  {
    name: 'RFC 9110 §12.5.3 a response in an acceptable coding is reused for every spelling',
    steps: [
      load('x-own', 'x-own', 1),
      ...['X-OWN', 'x-own;q=0.5', 'x-two, x-own', ' x-own ; q=1.0 ,x-two', '*', 'x-own, *;q=0'].map(
        (accepted) => reuse(accepted, 'x-own', 1),
      ),
    ],
  },
  {
    name: 'RFC 9110 §12.5.3 a response in a coding that the request does not accept is not reused',
    steps: [
      load('x-own', 'x-own', 1),
      load('x-two', undefined, 2),
      ...['identity', 'x-own;q=0', 'x-own;q=0.000, *', '*;q=0, identity', 'x-own2'].map((accepted) =>
        reuse(accepted, null, 2),
      ),
      reuse('x-own', 'x-own', 1),
    ],
  },
  {
    name: 'RFC 9110 §12.5.3 identity is not reused for a request that refuses it',
    steps: [
      load('identity', undefined, 1),
      load('identity;q=0, x-own', 'x-own', 2),
      reuse('x-own, *;q=0', 'x-own', 2),
      load('*;q=0, x-two', 'x-two', 4),
      reuse('identity', null, 1),
    ],
  },
  {
    name: 'RFC 9110 §12.5.3 the stored coding with the highest weight is reused',
    steps: [
      load('x-own', 'x-own', 1),
      load('x-two', 'x-two', 2),
      load('identity', undefined, 3),
      reuse('x-own;q=0.2, x-two;q=0.3', 'x-two', 2),
      reuse('x-own;q=0.3, x-two;q=0.2', 'x-own', 1),
      reuse('x-own;q=0.3, identity;q=0.4', null, 3),
      reuse('*;q=0.1, x-two;q=0', 'x-own', 1),
    ],
  },
  {
    name: 'RFC 9110 §8.4.1 x-compress and compress are one coding',
    steps: [load('compress', 'compress', 1), reuse('x-compress', 'compress', 1)],
  },
  {
    name: 'RFC 9110 §8.4 a response in several codings is reused for a request that accepts them all',
    steps: [
      load('x-own, x-two', 'x-own, x-two', 1),
      reuse('x-two;q=0.1, x-own', 'x-own, x-two', 1),
      load('x-own', undefined, 3),
      reuse('x-own, x-two;q=0, *', null, 3),
    ],
  },
  {
    name: 'RFC 9110 §12.5.3 a response in a coding that its request does not list is reused for equal requests only',
    steps: [
      load('x-two', 'x-own', 1),
      reuse('x-two', 'x-own', 1),
      load('x-two, x-three', 'x-own', 3),
      reuse('x-two', 'x-own', 1),
    ],
  },
]
