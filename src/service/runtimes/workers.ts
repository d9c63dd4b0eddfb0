/** The service on Cloudflare Workers. Each isolate opens the service at its first request. */
import type { D1Database, ExecutionContext } from '@cloudflare/workers-types'
import type { Hono } from 'hono'
import { dashboardWithoutFiles } from '../../dashboard/dashboard-without-files.ts'
import { problem } from '../../http/endpoints/problem.ts'
import { errorText, openLog } from '../../process/logging/log.ts'
import { readConfig, variableNames } from '../startup/config.ts'
import { openService } from '../startup/open-service.ts'
import { d1Repository } from '../users/d1.ts'

/**
 * The bindings of wrangler.toml: the database, and the variables of config.ts as strings. `OPEN_WRITES` is for development
 * only: the value `on` lets anyone write while there is no API_TOKEN. Other runtimes derive this setting from the host on which
 * they listen. A Worker has no such host.
 */
type Env = { DB?: D1Database } & Record<string, unknown>

/** The bindings of an isolate never change, so its requests share one service. */
let serve: Hono['fetch'] | undefined

export default {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
    try {
      serve ??= open(env)
    } catch (error) {
      const { log } = openLog({ level: 'info', readable: false })
      log.error('The Worker is not configured', { error: errorText(error) })
      return problem(500, 'The service is not configured')
    }
    return serve(request, env, context)
  },
}

function open(env: Env): Hono['fetch'] {
  const variables = variableNames.map((name) => [name, typeof env[name] === 'string' ? env[name] : undefined])
  const config = {
    ...readConfig(
      { ...Object.fromEntries(variables), HOST: undefined },
      {
        defaultHost: undefined,
        singleThreadReason: 'a Worker has no threads, Cloudflare starts more isolates by itself',
        noSharedTierReason: 'a Worker keeps neither connections nor files between requests',
      },
    ),
    ...(env.OPEN_WRITES === 'on' ? { openWrites: true } : {}),
  }
  if (env.DB === undefined) throw new Error('The D1 database is not bound: wrangler.toml must bind it as DB')

  const { log } = openLog({ level: config.logLevel, readable: false })
  const repository = d1Repository(env.DB)
  return openService({
    config,
    repository,
    log,
    runtime: 'workerd',
    coalesce: false,
    page: dashboardWithoutFiles, // wrangler.toml serves its files as static assets
    clientOf: ({ headers }) => headers.get('cf-connecting-ip') ?? undefined, // Cloudflare replaces it, if a client sends one
  }).fetch
}
