/** Requests by route. */
import type { DashboardData, RequestFigures, RouteFigures } from '../../data/dashboard-data.ts'
import { countFigure, latencyFigure } from '../text/figure.ts'
import { type Markup, markup } from '../text/markup.ts'
import { shortened } from '../text/printable.ts'
import { empty, panel } from './panel.ts'

const ROUTE_LENGTH = 80

export function routesPanel({ routes, requests, requestsInFlight }: DashboardData): Markup {
  return panel({
    id: 'routes',
    title: 'Requests by route',
    hint: 'http_request_duration_seconds since the start. Errors are responses with a status from 500 to 599.',
    kind: 'routes',
    aside: requestsInFlight !== undefined && markup`${countFigure(requestsInFlight, 'requests')} in flight`,
    body:
      routes.length === 0
        ? empty('No requests yet, or the app has no httpMetrics().')
        : tableOf(routes, requests),
  })
}

function tableOf(routes: readonly RouteFigures[], requests: RequestFigures | undefined): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Requests by route"><table class="rows">
<thead><tr><th scope="col">Route</th><th scope="col">Requests</th><th scope="col">Errors</th><th scope="col" class="wide">p50</th><th scope="col">p99</th></tr></thead>
<tbody>${routes.map(row)}</tbody>${
    requests !== undefined &&
    markup`
<tfoot><tr><th scope="row">All</th>${cells(requests)}</tr></tfoot>`
  }</table></div>`
}

function row(figures: RouteFigures): Markup {
  const { method, route } = figures
  return markup`<tr><th scope="row" class="key-cell" title="${method} ${shortened(route, 400)}"><span class="method">${method}</span> <code>${shortened(route, ROUTE_LENGTH)}</code></th>${cells(figures)}</tr>
`
}

function cells({ requests, errors, latency }: RequestFigures): Markup {
  return markup`<td>${countFigure(requests, 'requests')}</td><td${errors > 0 && markup` class="bad"`}>${countFigure(errors, 'errors')}</td><td class="wide">${latency ? latencyFigure(latency.p50) : '–'}</td><td>${latency ? latencyFigure(latency.p99) : '–'}</td>`
}
