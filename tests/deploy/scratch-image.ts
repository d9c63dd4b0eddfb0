/** Builds a stage of the Dockerfile in a folder, without an engine: runs its instructions with the paths inside that folder. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import process from 'node:process'
import { bin, root } from '../runtimes/running-service.ts'
import { parseDockerfile, type Stage } from './dockerfile.ts'

export interface ScratchImages {
  stage(name: string): Stage
  /** Builds the stage, and those that it needs. */
  build(name: string): ScratchImage
  remove(): void
}

export interface ScratchImage {
  /** Folder of the image. */
  rootfs: string
  /** Replaces the paths in a text by those in the folder. */
  mapped(text: string): string
}

/** True if the tests may become another user. */
export const isRoot = process.getuid?.() === 0

/**
 * @param installs true if packages are installed as in the image, from the registry; false if the stages get the packages of this
 *   checkout.
 */
export function scratchImages({ installs }: { installs: boolean }): ScratchImages {
  const stages = parseDockerfile(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'hitrate-image-'))
  chmodSync(folder, 0o755)
  const built = new Map<string, string>()

  function stage(name: string): Stage {
    const found = stages.find((stage) => stage.name === name)
    if (found === undefined) throw new Error(`The Dockerfile has no stage ${name}`)
    return found
  }

  /** A stage inherits the last WORKDIR of its base. */
  function workdirOf(name: string): string {
    const found = stages.find((stage) => stage.name === name)
    if (found === undefined) return '/'
    const last = found.instructions.findLast(({ name }) => name === 'WORKDIR')
    return last?.text ?? workdirOf(found.base)
  }

  function build(name: string): string {
    const found = built.get(name)
    if (found !== undefined) return found
    const { base, instructions } = stage(name)
    const rootfs = join(folder, name)
    if (stages.some((stage) => stage.name === base)) cpSync(build(base), rootfs, { recursive: true })
    else mkdirSync(rootfs)
    addRuntimes(rootfs)
    built.set(name, rootfs)

    let workdir = workdirOf(base)
    for (const { name: kind, text } of instructions) {
      if (kind === 'WORKDIR') {
        workdir = text
        mkdirSync(join(rootfs, workdir), { recursive: true })
      } else if (kind === 'COPY') copy(text, join(rootfs, workdir))
      else if (kind === 'RUN') runIn(rootfs, join(rootfs, workdir), text)
    }
    return rootfs
  }

  /** `COPY [--from=STAGE] [--chown=USER:GROUP] SOURCE... TARGET`. */
  function copy(text: string, workdir: string): void {
    const words = text.split(/\s+/)
    const option = (name: string) => words.find((word) => word.startsWith(`--${name}=`))?.split('=')[1]
    const [from, chown] = [option('from'), option('chown')]
    const paths = words.filter((word) => !word.startsWith('--'))
    const [target = '', ...sources] = paths.reverse()
    const into = target.startsWith('/') ? join(workdir, '..', target) : resolve(workdir, target)
    for (const source of sources) {
      if (from === undefined) assertInContext(source)
      const path = from === undefined ? join(root, source) : join(build(from), source)
      const isFolder = statSync(path).isDirectory()
      const to = !isFolder && (target.endsWith('/') || sources.length > 1) ? join(into, basename(path)) : into
      cpSync(path, to, { recursive: true, verbatimSymlinks: true })
      if (chown !== undefined && isRoot) changeOwner(to, chown.split(':').map(Number))
    }
  }

  function runIn(rootfs: string, workdir: string, command: string): void {
    if (!installs && /\bbun install\b/.test(command)) {
      const packages = join(workdir, 'node_modules')
      if (!existsSync(packages)) symlinkSync(join(root, 'node_modules'), packages)
      return
    }
    const PATH = `${join(rootfs, 'usr/local/bin')}:${process.env.PATH}`
    const env = { PATH, HOME: folder }
    execFileSync('sh', ['-c', mapped(rootfs, command)], {
      cwd: workdir,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  return {
    stage,
    build(name) {
      const rootfs = build(name)
      return { rootfs, mapped: (text) => mapped(rootfs, text) }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Replaces the absolute paths of the image, also that of a `sqlite:` URL. */
function mapped(rootfs: string, text: string): string {
  return text.replace(/(?<![\w./-])\/(?=(?:app|data)\b)/g, `${rootfs}/`)
}

/** As the base images have them. Another user may be unable to read those of this checkout. */
function addRuntimes(rootfs: string): void {
  const folder = join(rootfs, 'usr/local/bin')
  mkdirSync(folder, { recursive: true })
  for (const name of ['bun', 'node']) {
    const [source, target] = [
      execFileSync('readlink', ['-f', bin(name)], { encoding: 'utf8' }).trim(),
      join(folder, name),
    ]
    if (existsSync(target)) continue
    try {
      linkSync(source, target)
    } catch {
      copyFileSync(source, target) // the temporary folder may be on another file system
    }
  }
}

/** The context of a build has the files that .dockerignore lets through. */
function assertInContext(source: string): void {
  const [first, ...lines] = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const allowed = lines.map((line) => line.replace(/^!/, ''))
  if (first !== '*' || !allowed.some((path) => source === path || source.startsWith(`${path}/`)))
    throw new Error(`.dockerignore does not let ${source} through`)
}

function changeOwner(path: string, [user = 0, group = 0]: number[]): void {
  lchownSync(path, user, group)
  if (!statSync(path).isDirectory()) return
  for (const name of readdirSync(path)) changeOwner(join(path, name), [user, group])
}
