/** The dashboards in deploy/grafana/ are those that tools/dashboards/ makes, and Grafana can lay them out. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { colors } from '../../tools/dashboards/colors.ts'
import { dashboardFiles } from '../../tools/dashboards/dashboard-files.ts'

const folder = fileURLToPath(new URL('../../deploy/grafana/', import.meta.url))

interface Target {
  refId: string
  expr: string
  legendFormat: string
}

interface Panel {
  id: number
  type: string
  title: string
  description?: string
  gridPos: { x: number; y: number; w: number; h: number }
  datasource?: unknown
  targets?: Target[]
  fieldConfig?: { defaults: { unit: string } }
}

interface Dashboard {
  uid: string
  panels: Panel[]
  templating: { list: { name: string; type: string }[] }
}

/** The units of Grafana that the panels use. */
const UNITS = ['reqps', 'ops', 'percentunit', 's', 'bytes', 'Bps', 'short', 'none']

describe('deploy/grafana', () => {
  it('has the files that tools/dashboards/make-dashboards.ts writes, and no other', () => {
    assert.deepEqual(globSync('*.json', { cwd: folder }).sort(), Object.keys(dashboardFiles).sort())
    for (const [name, content] of Object.entries(dashboardFiles))
      assert.equal(readFileSync(folder + name, 'utf8'), content, `${name}: npm run dashboards`)
  })

  for (const [name, content] of Object.entries(dashboardFiles)) {
    const { uid, panels, templating } = JSON.parse(content) as Dashboard

    it(`${name} has variables for the data source, the job and the instance`, () => {
      assert.equal(uid, `hitrate-${name.replace('.json', '')}`)
      const names = templating.list.map((variable) => variable.name)
      assert.deepEqual(names, ['datasource', 'job', 'instance', ...(name === 'cache.json' ? ['cache'] : [])])
    })

    it(`${name} has panels that fill 24 columns and do not overlap`, () => {
      const taken = new Map<string, string>()
      for (const { title, gridPos } of panels) {
        assert.ok(gridPos.x + gridPos.w <= 24, title)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            const place = `${x},${y}`
            assert.equal(taken.get(place), undefined, `${title} at ${place}`)
            taken.set(place, title)
          }
        }
      }
      const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h))
      assert.equal(taken.size, 24 * height)
    })

    it(`${name} has a description, a unit and named series in each panel`, () => {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
      for (const { type, title, description, datasource, targets = [], fieldConfig } of panels) {
        if (type === 'row') continue
        assert.match(description ?? '', /^.{20,}\.$/, title)
        assert.deepEqual(datasource, { type: 'prometheus', uid: '$datasource' }, title)
        assert.ok(UNITS.includes(fieldConfig?.defaults.unit ?? ''), `${title}: ${fieldConfig?.defaults.unit}`)
        assert.ok(targets.length > 0, title)
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title)
        for (const { expr, legendFormat } of targets) {
          assert.ok(legendFormat !== '', title)
          assert.match(expr, /job="\$job"/, title)
        }
      }
    })

    it(`${name} uses fixed colours of the palette only`, () => {
      const palette: string[] = Object.values(colors)
      const used = content.match(/(?<="(?:fixedColor|color|iconColor)": ")#\w+/g) ?? []
      assert.ok(used.length > 5)
      assert.deepEqual(
        used.filter((color) => !palette.includes(color)),
        [],
      )
      assert.doesNotMatch(content, /"(?:green|red|orange|yellow)"/)
    })
  }
})
