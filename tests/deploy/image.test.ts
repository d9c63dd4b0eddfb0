/**
 * The image, built and run without an engine: the commands of the Dockerfile in a folder, as its user if the tests run as root.
 * `HITRATE_IMAGE_INSTALL=run` installs the packages from the registry, too.
 */
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { after, describe, it } from 'node:test'
import { freePort, root } from '../runtimes/running-service.ts'
import { environment, execForm, healthCommand, only, parseDockerfile } from './dockerfile.ts'
import { isRoot, scratchImages } from './scratch-image.ts'
import { watchedProcess } from './watched-process.ts'

const stages = parseDockerfile(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'))
const { devDependencies, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const API_TOKEN = 'the-token-of-the-test'

describe('the Dockerfile', () => {
  it('the Dockerfile ends with the stage of Bun, which is the default', () => {
    assert.deepEqual(
      stages.map(({ name }) => name),
      ['build', 'node-packages', 'node', 'bun'],
    )
  })

  it('the base images have the versions that the tests use', () => {
    const images = stages.map(({ base }) => base).filter((base) => base.includes(':'))
    assert.deepEqual(
      new Set(images),
      new Set([`oven/bun:${devDependencies.bun}-slim`, `node:${devDependencies.node}-slim`]),
    )
  })

  it('the build runs the script of npm run build:service', () => {
    assert.ok(stages[0]?.instructions.some(({ text }) => text === scripts['build:service']))
  })

  for (const runtime of ['bun', 'node']) {
    const stage = stages.find(({ name }) => name === runtime) ?? assert.fail()

    it(`the image of ${runtime} runs the runtime itself, not as root, and stops it with SIGTERM`, () => {
      assert.equal(execForm(only(stage, 'ENTRYPOINT'))[0], runtime)
      assert.match(only(stage, 'USER'), /^[1-9]\d*:[1-9]\d*$/, 'Kubernetes checks runAsNonRoot by number')
      assert.equal(only(stage, 'STOPSIGNAL'), 'SIGTERM')
      assert.equal(healthCommand(stage)[0], runtime)
    })

    it(`the image of ${runtime} contains no token`, () => {
      const names = stage.instructions.filter(({ name }) => name === 'ENV' || name === 'ARG')
      assert.doesNotMatch(JSON.stringify(names), /TOKEN|PASSWORD/)
    })
  }

  it('the images of both runtimes differ in the runtime and its files only', () => {
    const [bun, node] = ['bun', 'node'].map((runtime) =>
      stages
        .find(({ name }) => name === runtime)
        ?.instructions.filter(({ name }) => !['COPY', 'ENTRYPOINT'].includes(name))
        .map(({ name, text }) => `${name} ${text.replace(`"${runtime}"`, 'RUNTIME')}`),
    )
    assert.deepEqual(bun, node)
  })
})

describe('the image', () => {
  const images = scratchImages({ installs: process.env.HITRATE_IMAGE_INSTALL === 'run' })
  after(() => images.remove())

  for (const runtime of ['bun', 'node']) {
    it(`the image of ${runtime} answers, is healthy, keeps its data in the volume and stops with 0`, async () => {
      const image = runnable(runtime)
      const port = String(await freePort())
      const service = image.start(execForm(only(image.stage, 'ENTRYPOINT')), { PORT: port, API_TOKEN })
      try {
        await service.printed(/"Listening"/)
        const health = healthCommand(image.stage)
        assert.deepEqual(await image.start(health, { PORT: port }).ended, { code: 0, output: '' })
        const ready = await image.start([...health, '/health/ready'], { PORT: port }).ended
        assert.deepEqual(ready, { code: 0, output: '' })

        const url = `http://127.0.0.1:${port}/api/user`
        const body = JSON.stringify({ id: 'kim', name: 'Kim', email: 'kim@example.com' })
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${API_TOKEN}` }
        const { status } = await fetch(url, { method: 'POST', body, headers })
        assert.equal(status, 201)
        const { uid } = statSync(image.mapped('/data/hitrate.sqlite'))
        if (isRoot) assert.equal(uid, image.user)

        const missing = await image.start([...health, '/missing'], { PORT: port }).ended
        assert.deepEqual(missing, { code: 1, output: '/missing answered 404\n' })
      } finally {
        service.child.kill('SIGTERM')
      }
      assert.equal((await service.ended).code, 0, service.output())
      const stopped = await image.start(healthCommand(image.stage), { PORT: port }).ended
      assert.equal(stopped.code, 1)
      assert.match(stopped.output, /ECONNREFUSED|connect/)
    })

    it(`the image of ${runtime} contains no path of the machine that built it`, () => {
      const { stage, mapped } = runnable(runtime)
      const built = readFileSync(mapped(execForm(only(stage, 'ENTRYPOINT')).at(-1) ?? ''), 'utf8')
      assert.deepEqual(built.match(/file:\/\/\/[^"'` ]+/g) ?? [], [], 'a thread would start from it')
    })

    it(`the image of ${runtime} does not start without a token, and says so`, async () => {
      const image = runnable(runtime)
      const { code, output } = await image.start(execForm(only(image.stage, 'ENTRYPOINT')), {}).ended
      assert.equal(code, 1)
      assert.match(output, /API_TOKEN: must be set, because HOST 0\.0\.0\.0 is reachable/)
    })

    it(`the image of ${runtime} runs several threads, and has a client of Redis`, async () => {
      const image = runnable(runtime)
      const env = { PORT: '0', THREADS: '2', API_TOKEN, REDIS_URL: 'redis://127.0.0.1:1' } // nothing listens there
      const service = image.start(execForm(only(image.stage, 'ENTRYPOINT')), env)
      await service.printed(/"Listening"/)
      service.child.kill('SIGTERM')
      assert.equal((await service.ended).code, 0, service.output())
    })
  }

  function runnable(name: string) {
    const stage = images.stage(name)
    const { rootfs, mapped } = images.build(name)
    const [user = 0, group = 0] = only(stage, 'USER').split(':').map(Number)
    const inherited = Object.fromEntries(
      Object.entries(environment(stage)).map(([name, value]) => [name, mapped(value)]),
    )

    function start(words: readonly string[], env: Record<string, string>) {
      const [program = '', ...args] = words
      return watchedProcess(join(rootfs, 'usr/local/bin', program), args.map(mapped), {
        cwd: mapped('/app'),
        env: { ...inherited, ...env },
        ...(isRoot ? { uid: user, gid: group } : {}),
      })
    }

    return { stage, mapped, user, start }
  }
})
