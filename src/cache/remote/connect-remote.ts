/** Connects the remote tier and, if its store carries messages, the invalidation bus between processes. */
import type { RemoteStore } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import type { MemorySync } from '../invalidation/memory-sync.ts'
import { RemoteBus } from '../invalidation/remote-bus.ts'
import type { SharedTierOptions } from '../shared-tier-options.ts'
import { RemoteTier } from './remote-tier.ts'

export interface ConnectedRemote {
  remote: RemoteTier
  memorySync: MemorySync
  /** True if the store answers reads. */
  readonly up: boolean
  /** True if invalidations of other processes arrive; undefined without a bus. */
  readonly busUp: boolean | undefined
  close(): Promise<void>
}

export function connectRemote(
  core: CacheCore,
  store: RemoteStore,
  options: SharedTierOptions,
): ConnectedRemote {
  const { maxUnsyncedMs = 1000, invalidationBus } = options
  const { sync } = core
  let bus: RemoteBus | undefined
  const isBusCurrent = () => bus?.isCurrent ?? false
  let connectedAt = 0

  /**
   * Messages may be missing that nothing reveals: their publisher may have begun and ended while this process was disconnected.
   * So the remote tier must confirm the entries that memory has, and no reader joins a load that runs.
   */
  function onConnected(): void {
    sync.detachLoads()
    core.log.advance()
    connectedAt = core.log.sequence
  }

  const remote = new RemoteTier(core, store, options, {
    announcementOf: (messages) => bus?.announcementOf(messages),
    isCurrent: isBusCurrent,
  })
  // A cache without a memory tier needs no invalidations, but its reads wait for the loads of other processes.
  const { subscribe } = remote
  let unsubscribe: (() => Promise<void>) | undefined
  if (subscribe !== undefined && core.enabled) {
    bus = new RemoteBus(core, {
      announce: (text) => remote.announce(text),
      onMessage: sync.receiveFromProcess,
      onGap: sync.dropAll,
      onConnected,
      maxUnsyncedMs,
    })
    unsubscribe = subscribe({
      onAnnouncement: bus.onAnnouncement,
      onConnection: bus.onConnection,
      onWake: (name) => remote.reads.waits.wake(name),
    })
  }

  return {
    remote,
    memorySync: {
      ...(invalidationBus?.spansProcesses === true
        ? { isCurrent: () => true, connectedAt: () => 0 }
        : { isCurrent: isBusCurrent, connectedAt: () => connectedAt }),
      maxUnsyncedMs,
    },
    get up() {
      return remote.up
    },
    get busUp() {
      return bus?.isCurrent
    },
    async close() {
      await remote.invalidations.close()
      await bus?.close()
      await unsubscribe?.()
      remote.close()
    },
  }
}
