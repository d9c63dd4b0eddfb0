/** The proxies that are compared: programs of this folder, nginx and Varnish. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { executable, type Runtime } from '../runtimes.ts'
import { type RunningProxy, startProgram } from './start-program.ts'

export interface Contender {
  name: string
  title: string
  /** True if its responses must be hits after the first one. */
  isCached: boolean
  start(options: StartOptions): Promise<RunningProxy>
}

export interface StartOptions {
  /** URL of the server behind it. */
  upstream: string
  /** Number of its threads or processes that accept connections. */
  workers: number
  /** Processor that it must use; any if undefined. */
  core: number | undefined
  signal: AbortSignal
}

/** Contenders that run on a runtime. */
export function contendersOn(runtime: Runtime): Contender[] {
  const on = runtime === 'bun' ? 'Bun' : 'Node'
  return [
    programOf(runtime, 'upstream', `the upstream itself, Hono on ${on}`, false),
    programOf(runtime, 'plain', `hono/proxy on ${on}, no cache`, false),
    programOf(runtime, 'library', `hitrate as a library on ${on}`, true),
    programOf(runtime, 'command', `npx hitrate on ${on}`, true),
  ]
}

export const nginx: Contender = {
  name: 'nginx',
  title: versionOf('nginx', ['-v'], /nginx\/(\S+)/, 'nginx', 'proxy_cache'),
  isCached: true,
  start: ({ upstream, workers, ...options }) =>
    inFolder((folder) =>
      startProgram(
        'nginx',
        (port) => [
          '-p',
          folder,
          '-e',
          'stderr',
          '-c',
          file(folder, nginxConfig(folder, port, upstream, workers)),
        ],
        options,
      ),
    ),
}

export const varnish: Contender = {
  name: 'varnish',
  title: versionOf('varnishd', ['-V'], /varnish-(\S+)/, 'Varnish', 'malloc'),
  isCached: true,
  start: ({ upstream, workers, ...options }) =>
    inFolder((folder) =>
      startProgram(
        'varnishd',
        (port) => [
          ...['-F', '-n', folder, '-a', `127.0.0.1:${port}`, '-f', file(folder, varnishConfig(upstream))],
          ...['-j', 'none', '-s', 'malloc,64m', '-p', `thread_pools=${workers}`],
        ],
        options,
      ),
    ),
}

/** Whether a program can be run. */
export function isInstalled(program: string): boolean {
  return spawnSync('which', [program], { env: { PATH: `${process.env.PATH}:/usr/sbin` } }).status === 0
}

function programOf(runtime: Runtime, name: string, title: string, isCached: boolean): Contender {
  const program = join(import.meta.dirname, `${name}.ts`)
  return {
    name: `${name}-${runtime}`,
    title,
    isCached,
    start: ({ upstream, workers, ...options }) =>
      startProgram(executable(runtime), () => [program], {
        ...options,
        env: { UPSTREAM: upstream, THREADS: `${workers}` },
      }),
  }
}

/** Runs a program in a folder that is removed when it has ended. */
async function inFolder(start: (folder: string) => Promise<RunningProxy>): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'hitrate-proxy-'))
  const running = await start(folder)
  return {
    ...running,
    async stop() {
      await running.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function file(folder: string, text: string): string {
  const path = join(folder, 'config')
  writeFileSync(path, text)
  return path
}

/** Compared with the defaults of Debian: no access log, connections are kept, and one file of temporary data per kind. */
function nginxConfig(folder: string, port: number, upstream: string, workers: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes ${workers};
pid ${folder}/pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  proxy_cache_path ${folder}/cache keys_zone=all:16m max_size=64m;
  keepalive_requests 1000000000;
  upstream origin { server ${new URL(upstream).host}; keepalive 16; }
  server {
    listen 127.0.0.1:${port}${workers > 1 ? ' reuseport' : ''};
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache all;
      proxy_cache_lock on;
    }
  }
}
`
}

function varnishConfig(upstream: string): string {
  const { hostname, port } = new URL(upstream)
  return `vcl 4.1;\nbackend default { .host = "${hostname}"; .port = "${port}"; }\n`
}

function versionOf(
  program: string,
  args: readonly string[],
  version: RegExp,
  title: string,
  kind: string,
): string {
  const { stderr = '' } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
  })
  return `${title} ${version.exec(stderr ?? '')?.[1] ?? ''}, ${kind}`
}
