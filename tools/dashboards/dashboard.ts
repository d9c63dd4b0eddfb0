/** The frame of a Grafana dashboard: its variables, annotations and the places of its panels. */
import { colors } from './colors.ts'
import { datasource, type Panel, type Row } from './panels.ts'

export interface DashboardOptions {
  uid: string
  title: string
  description: string
  /** Metric whose labels give the choice of jobs and instances. */
  chosenBy: string
  /** Further variables, each with the label that it has the values of. */
  variables?: readonly { name: string; label: string; metric: string }[]
  rows: readonly Row[]
}

/**
 * Version of the classic JSON model: that of Grafana 12. Grafana 13 converts it when it loads the file, and older ones read it
 * too.
 */
const SCHEMA_VERSION = 41

const COLUMNS = 24

export function dashboard(options: DashboardOptions) {
  const { uid, title, description, chosenBy, variables = [], rows } = options
  return {
    uid,
    title,
    description,
    tags: ['hitrate'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1, // a shared crosshair
    timezone: 'browser',
    time: { from: 'now-3h', to: 'now' },
    refresh: '30s',
    links: [
      {
        type: 'dashboards',
        title: 'hitrate',
        tags: ['hitrate'],
        icon: 'external link',
        tooltip: '',
        url: '',
        asDropdown: false,
        targetBlank: false,
        includeVars: true,
        keepTime: true,
      },
    ],
    annotations: { list: [startsOfVersions(), firingAlerts()] },
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          options: [],
          refresh: 1,
          regex: '',
          hide: 0,
          multi: false,
          includeAll: false,
        },
        variable('job', 'Job', `label_values(${chosenBy}, job)`, { multi: false }),
        variable('instance', 'Instance', `label_values(${chosenBy}{job="$job"}, instance)`),
        ...variables.map(({ name, label, metric }) =>
          variable(name, label, `label_values(${metric}{job="$job"}, ${name})`),
        ),
      ],
    },
    panels: placed(rows),
  }
}

function variable(name: string, label: string, query: string, { multi = true } = {}) {
  return {
    name,
    label,
    type: 'query',
    datasource,
    query: { query, refId: `variable-${name}` },
    current: multi ? { text: ['All'], value: ['$__all'] } : { text: 'hitrate', value: 'hitrate' },
    options: [],
    refresh: 2, // when the time range changes
    regex: '',
    sort: 1,
    hide: 0,
    multi,
    includeAll: multi,
    ...(multi ? { allValue: '.*' } : {}),
  }
}

/** A mark at each start of a process, with its version. The value is the time of the mark, in ms. */
function startsOfVersions() {
  return annotation({
    name: 'Starts and versions',
    iconColor: colors.blue,
    expr:
      '1000 * process_start_time_seconds{job="$job",instance=~"$instance"}' +
      ' * on (job, instance) group_left (version, runtime) hitrate_build_info{job="$job",instance=~"$instance"}',
    titleFormat: 'Start of {{instance}}',
    textFormat: 'hitrate {{version}} on {{runtime}}',
    tagKeys: 'instance,version',
    useValueForTime: true,
  })
}

function firingAlerts() {
  return annotation({
    name: 'Alerts',
    iconColor: colors.red,
    expr: 'ALERTS{alertstate="firing",job="$job"}',
    titleFormat: '{{alertname}}',
    textFormat: '{{severity}} {{instance}} {{cache}} {{route}} {{access}}',
    tagKeys: 'severity',
  })
}

function annotation(options: { name: string; iconColor: string; expr: string; [property: string]: unknown }) {
  return { datasource, enable: true, hide: false, step: '60s', ...options }
}

/** Puts the panels of each row side by side, and below each other when the columns are used up. */
function placed(rows: readonly Row[]): unknown[] {
  const panels: unknown[] = []
  let id = 1
  let y = 0
  for (const row of rows) {
    const gridPos = { h: 1, w: COLUMNS, x: 0, y }
    panels.push({ id: id++, type: 'row', title: row.title, collapsed: false, gridPos, panels: [] })
    y += 1
    let x = 0
    let height = 0
    for (const panel of row.panels) {
      const { width, height: h, ...rest } = panel satisfies Panel
      if (x + width > COLUMNS) {
        y += height
        x = 0
        height = 0
      }
      panels.push({ id: id++, ...rest, gridPos: { h, w: width, x, y } })
      x += width
      height = Math.max(height, h)
    }
    y += height
  }
  return panels
}
