import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryLimit } from '../../../../src/process/startup/memory/memory-limit.ts'

const MIB = 2 ** 20
const machineBytes = 8192 * MIB

function limitOf(files: Record<string, string>): number {
  return memoryLimit({ read: (path) => files[path], machineBytes }) / MIB
}

describe('the memory limit', () => {
  it('is that of a container, whose own group is the root', () => {
    assert.equal(
      limitOf({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': `${512 * MIB}\n` }),
      512,
    )
  })

  it('is that of a unit of systemd, or of a slice above it if that is less', () => {
    const files = {
      '/proc/self/cgroup': '0::/app.slice/hitrate.service\n',
      '/sys/fs/cgroup/app.slice/hitrate.service/memory.max': `${512 * MIB}\n`,
      '/sys/fs/cgroup/app.slice/memory.max': 'max\n',
    }
    assert.equal(limitOf(files), 512)
    assert.equal(limitOf({ ...files, '/sys/fs/cgroup/app.slice/memory.max': `${256 * MIB}\n` }), 256)
  })

  it('is memory.high if that is less, because the kernel slows the process down there', () => {
    const files = {
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${512 * MIB}\n`,
      '/sys/fs/cgroup/memory.high': `${400 * MIB}\n`,
    }
    assert.equal(limitOf(files), 400)
  })

  it('is that of the memory controller of version 1, also where the path is that of the host', () => {
    const groups = '9:name=systemd:/\n5:cpu,memory:/docker/1f2e\n0::/\n'
    const name = 'memory.limit_in_bytes'
    for (const folder of ['/docker/1f2e', '']) {
      const path = `/sys/fs/cgroup/memory${folder}/${name}`
      assert.equal(limitOf({ '/proc/self/cgroup': groups, [path]: `${300 * MIB}\n` }), 300)
    }
  })

  it('is the memory of the machine without a limit, and with one above it', () => {
    assert.equal(limitOf({}), 8192)
    assert.equal(limitOf({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': 'max\n' }), 8192)
    assert.equal(
      limitOf({
        '/proc/self/cgroup': '4:memory:/\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      }),
      8192,
    )
  })
})
