import assert from 'node:assert/strict'
import process from 'node:process'
import { after, describe, it } from 'node:test'
import { StartError } from '../../../src/process/startup/start-error.ts'
import { devProgram } from '../../../src/service/development/dev-program.ts'

describe('the program of npm run dev', () => {
  const { HOST, API_TOKEN } = process.env
  after(() => {
    for (const [name, value] of Object.entries({ HOST, API_TOKEN })) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  const read = (host: string) => {
    process.env.HOST = host
    process.env.API_TOKEN = 'a-token-for-writes'
    return devProgram.readConfig({ ...runtime, defaultSocketHits: false })
  }
  const runtime = {
    name: 'test',
    entry: '',
    listen: () => assert.fail('listens'),
    openRedis: () => assert.fail('connects'),
  }

  it('listens on loopback', () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) assert.equal(read(host).dashboard, 'on')
  })

  it('refuses to listen on another address, because its page can break the database', () => {
    for (const host of ['0.0.0.0', '::', '192.168.0.5'])
      assert.throws(
        () => read(host),
        (error) =>
          error instanceof StartError &&
          error.message ===
            `HOST: must be a loopback address with npm run dev, because its page can break the database, got ${host}. Use npm run start`,
      )
  })
})
