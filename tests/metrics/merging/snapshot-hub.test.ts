import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, createSnapshotHub, expose, type Snapshot } from '../../../src/metrics/index.ts'
import { samplesOf } from '../../support/samples.ts'
import { scalar, snapshotOf } from '../exposition/snapshots.ts'

/** A snapshot of a process with these numbers. */
function processOf({ jobs, running = 0 }: { jobs: number; running?: number }): Snapshot {
  const registry = createRegistry()
  registry.counter({ name: 'jobs_total', help: 'Jobs.' }).inc(jobs)
  registry.gauge({ name: 'running', help: 'Jobs in progress.' }).set(running)
  const durations = registry.histogram({ name: 'durations', help: 'Durations.', buckets: [1], native: true })
  for (let i = 0; i < jobs; i++) durations.observe(i)
  registry.info({ name: 'app_info', help: 'App.', labels: { jobs: { max: 1 } } }).with({ jobs: String(jobs) })
  return structuredClone(registry.collect())
}

function samples(snapshot: Snapshot): object {
  const { jobs_total, running, durations_count, durations_sum, ...rest } = Object.fromEntries(
    samplesOf(renderText(snapshot)),
  )
  return {
    jobs_total,
    running,
    durations_count,
    infos: Object.keys(rest).filter((name) => name.startsWith('app_info')),
  }
}

describe('a snapshot hub', () => {
  it('a hub merges the last snapshots of its members', () => {
    const hub = createSnapshotHub()
    assert.deepEqual(hub.collect(), { families: [] })
    hub.update('a', processOf({ jobs: 1, running: 4 }))
    hub.update('b', processOf({ jobs: 10, running: 5 }))
    hub.update('a', processOf({ jobs: 3, running: 2 }))
    assert.deepEqual(samples(hub.collect()), {
      jobs_total: 13,
      running: 7,
      durations_count: 13,
      infos: ['app_info{jobs="3"}', 'app_info{jobs="10"}'],
    })
  })

  it('the counts of a removed member stay, its gauges and infos do not', () => {
    const hub = createSnapshotHub()
    hub.update(1, processOf({ jobs: 3, running: 2 }))
    hub.update(2, processOf({ jobs: 10, running: 5 }))
    hub.remove(1)
    hub.update(3, processOf({ jobs: 100 }))
    hub.remove(3)
    assert.deepEqual(samples(hub.collect()), {
      jobs_total: 113,
      running: 5,
      durations_count: 113,
      infos: ['app_info{jobs="10"}'],
    })
    hub.remove(2)
    assert.deepEqual(samples(hub.collect()), {
      jobs_total: 113,
      running: undefined,
      durations_count: 113,
      infos: [],
    })
  })

  it('a late message of a removed member is not counted again', () => {
    const hub = createSnapshotHub()
    hub.update(1, processOf({ jobs: 3 }))
    hub.remove(1)
    hub.update(1, processOf({ jobs: 3 }))
    hub.remove(1)
    hub.remove(2)
    hub.update(2, processOf({ jobs: 5 }))
    assert.deepEqual(samples(hub.collect()), {
      jobs_total: 3,
      running: undefined,
      durations_count: 3,
      infos: [],
    })
  })

  it('the last value of a latest gauge survives its process', () => {
    const latest = (value: number, time: number) =>
      snapshotOf({
        ...scalar('gauge', { name: 'config_time_seconds', help: 'Reload.' }, { value }),
        merge: 'latest',
        weights: [time],
      })
    const hub = createSnapshotHub()
    hub.update(1, latest(20, 200))
    hub.update(2, latest(10, 100))
    hub.remove(1)
    assert.match(renderText(hub.collect()), /^config_time_seconds 20$/m)
    hub.update(2, latest(30, 300))
    assert.match(renderText(hub.collect()), /^config_time_seconds 30$/m)
  })

  it('thousands of members that come and go do not let the hub grow', () => {
    const hub = createSnapshotHub()
    const one = processOf({ jobs: 1 })
    for (let member = 0; member < 3000; member++) {
      hub.update(member, one)
      hub.remove(member)
    }
    const snapshot = hub.collect()
    assert.deepEqual(samples(snapshot), {
      jobs_total: 3000,
      running: undefined,
      durations_count: 3000,
      infos: [],
    })
    assert.equal(snapshot.families.length, 3) // with metrics_label_overflows_total
  })

  it('a conflict fails the scrape, not the end of the member', () => {
    const hub = createSnapshotHub()
    hub.update(1, snapshotOf(scalar('counter', { name: 'jobs' }, { value: 1 })))
    const jobs = scalar('histogram' as 'counter', { name: 'jobs' }, { value: 1 })
    hub.update(2, snapshotOf({ ...jobs, bounds: [] } as typeof jobs))
    const conflict = new Error('merge: jobs has the type counter in one snapshot, and histogram in another')
    assert.throws(() => hub.collect(), conflict)
    hub.remove(1)
    hub.remove(2)
    assert.throws(() => hub.collect(), conflict)
  })

  it('a hub is scraped beside registries', async () => {
    const registry = createRegistry()
    registry.counter({ name: 'jobs_total', help: 'Jobs.' }).inc(1)
    const hub = createSnapshotHub()
    hub.update(1, snapshotOf(scalar('counter', { name: 'jobs_total', help: 'Jobs.' }, { value: 2 })))
    const { body } = await expose([registry, hub])
    assert.equal(body, '# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 3\n')
  })
})
