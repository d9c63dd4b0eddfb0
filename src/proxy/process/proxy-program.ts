/** The proxy as a program of a process on Bun and Node. */
import { randomBytes } from 'node:crypto'
import type { Logger } from '@logtape/logtape'
import { dashboard } from '../../dashboard/dashboard.ts'
import { createInstruments } from '../../instruments/create-instruments.ts'
import { createRegistry } from '../../metrics/index.ts'
import { createAccessLog } from '../../process/logging/access-log.ts'
import { createFailureLog, type FailureLog } from '../../process/logging/failure-log.ts'
import { RepeatedLines } from '../../process/logging/repeated-lines.ts'
import type { OpenedProgram, OpenProgramOptions, Program } from '../../process/serving/program.ts'
import { processMemoryLimit } from '../../process/startup/memory/process-memory-limit.ts'
import { openCache } from '../../process/startup/open-cache.ts'
import { singleThreadReason } from '../../process/startup/single-thread-reason.ts'
import { version } from '../../version.ts'
import { createProxy } from '../create-proxy.ts'
import { type ProxyConfig, proxyConfig } from '../proxy-config.ts'
import type { ProxyOptions } from '../proxy-options.ts'
import { limitedSend } from '../upstream/limited-send.ts'
import type { Send } from '../upstream/send.ts'
import { codeOf, UpstreamError } from '../upstream/upstream-error.ts'
import { ownAccess } from './own-access.ts'
import { proxyAnnouncement } from './proxy-announcement.ts'

/** The connections to the upstream, of one thread. */
export interface Connections {
  send: Send
  /** Closes idle connections. */
  close(): void
}

/**
 * @param options called in the main thread only.
 * @param connect opens no connection yet.
 */
export function proxyProgram(options: () => ProxyOptions, connect: () => Connections): Program<ProxyConfig> {
  return {
    readConfig: ({ defaultSocketHits }) =>
      proxyConfig(options(), {
        defaultSocketHits,
        singleThreadReason: singleThreadReason(),
        memoryLimit: processMemoryLimit,
        random: randomBytes(4).toString('hex'),
      }),
    open: (opening) => open(opening, connect()),
    announcement: proxyAnnouncement,
    describeAddress: (host, port) => `--host ${host}, --port ${port}`,
  }
}

async function open(
  options: OpenProgramOptions<ProxyConfig>,
  connections: Connections,
): Promise<OpenedProgram> {
  const { config, log, accessLines, runtime, sharedTier, invalidationBus, phase, clientOf, schedule } =
    options
  const lines = new RepeatedLines(log, { schedule })
  const failureLog = createFailureLog({
    ...{ log, lines },
    sharedTier: sharedTier && { name: sharedTier.tier.name, log: sharedTier.log },
  })
  const registry = createRegistry({ onError: failureLog.onMetricError })
  const instruments = createInstruments({ registry, version, runtime, process: options.process })
  const cache = openCache({
    config: config.cache,
    coalesce: true,
    invalidationBus,
    remote: sharedTier?.tier,
    onEvent(event) {
      instruments.onCacheEvent(event)
      const isLogged = event.type === 'load' && event.error instanceof UpstreamError
      if (!isLogged) failureLog.onCacheEvent(event)
    },
  })
  instruments.watch(cache)
  const startedAt = performance.now() - (Date.now() - options.startedAt)

  const onError = errorReporter(lines, failureLog)
  const { fetch, hits } = createProxy({
    ...{ config, cache, registry, instruments, version, runtime, phase, clientOf },
    send: limitedSend({
      ...{ send: connections.send, timeoutMs: config.timeoutMs, schedule },
      onBodyFailure: (error, { method }) => onError(error, { method }),
    }),
    page: (purging) =>
      dashboard({
        ...{ registry, cache, showKeys: true },
        title: `hitrate: ${new URL(config.upstream).host}`,
        purge: { fetch: purging }, // whoever may see the page has shown the token
        history: { schedule },
      }),
    access: ownAccess(config),
    uptimeSeconds: () => (performance.now() - startedAt) / 1000,
    onRequest: requestLog(config, log, accessLines),
    onError,
  })
  return { fetch, hits, cache, registry, lines, close: async () => connections.close() }
}

function requestLog(
  { accessLog, logLevel }: ProxyConfig,
  log: Logger,
  lines: OpenProgramOptions<ProxyConfig>['accessLines'],
) {
  if (!accessLog && logLevel !== 'debug') return undefined
  return createAccessLog({ log, level: accessLog ? 'info' : 'debug', lines })
}

/** A failure of the upstream is one line a minute with the number of repetitions, and without a stack. */
function errorReporter(lines: RepeatedLines, failureLog: FailureLog) {
  return function onError(error: unknown, context: Record<string, string>): void {
    if (!(error instanceof UpstreamError)) {
      failureLog.onError(error, context)
      return
    }
    const { message, status, cause } = error
    const code = codeOf(cause)
    lines.write({
      level: 'warning',
      message: 'The upstream failed',
      kind: `${status} ${message} ${code}`,
      properties: () => ({ ...context, status, reason: message, ...(code === '' ? {} : { code }) }),
    })
  }
}
