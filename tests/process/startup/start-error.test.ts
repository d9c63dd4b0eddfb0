import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listenError, StartError, startErrorMessage } from '../../../src/process/startup/start-error.ts'

describe('startErrorMessage', () => {
  it('an expected error is its message, any other its stack with causes', () => {
    assert.equal(startErrorMessage(new StartError('The port is taken')), 'The port is taken')
    const unexpected = startErrorMessage(new Error('outer', { cause: new Error('inner') }))
    assert.match(unexpected, /^Error: outer\n {4}at [\s\S]*\ncaused by Error: inner\n/)
    assert.equal(startErrorMessage('text'), 'text')
  })
})

describe('listenError', () => {
  it('an error of the system names the address and keeps its cause', () => {
    const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' })
    for (const [cause, message] of [
      [taken, 'The port is taken: localhost:80'],
      [denied, 'Cannot listen on localhost:80: listen EACCES'],
    ] as const) {
      const error = listenError(cause, 'localhost:80')
      assert.ok(error instanceof StartError)
      assert.deepEqual([error.message, error.cause], [message, cause])
    }
  })

  it('any other error stays the same', () => {
    const error = new Error('other')
    assert.equal(listenError(error, 'localhost:80'), error)
    assert.equal(listenError('text', 'localhost:80').message, 'text')
  })
})
