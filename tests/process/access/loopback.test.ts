import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLoopback, isLoopbackName } from '../../../src/process/access/loopback.ts'

const addresses = ['localhost', '::1', '127.0.0.1', '127.1.2.3']
const elsewhere = [
  '0.0.0.0',
  '::',
  '10.0.0.1',
  'example.com',
  '127.0.0.1.example.com',
  'localhost.example.com',
]

describe('isLoopback', () => {
  for (const host of addresses) it(`is true for ${host}`, () => assert.equal(isLoopback(host), true))
  for (const host of [...elsewhere, 'a.localhost', undefined])
    it(`is false for ${host}`, () => assert.equal(isLoopback(host), false))
})

describe('isLoopbackName', () => {
  for (const host of ['localhost', 'a.localhost', 'a.b.localhost', '[::1]', '127.0.0.1', '127.1.2.3'])
    it(`is true for ${host}`, () => assert.equal(isLoopbackName(host), true))
  for (const host of [...elsewhere, 'notlocalhost', '[::ffff:a00:1]', ''])
    it(`is false for ${host || 'an empty host'}`, () => assert.equal(isLoopbackName(host), false))
})
