/** The page as HTML: complete without a script, which only keeps it current. */
import type { DashboardData } from '../data/dashboard-data.ts'
import { patterns } from './charts/patterns.ts'
import type { PageLinks } from './page-links.ts'
import { pageParts } from './page-parts.ts'
import { markup } from './text/markup.ts'

/**
 * Renders the figures of one moment. The page loads `links.css`, `links.js` and `links.data`, nothing else, and has no inline style
 * or script; the icon is a `data:` URL, which the policy must allow in `img-src`.
 */
export function renderPage(data: DashboardData, links: PageLinks): string {
  const { top, links: cacheLinks, attention, caches, process } = pageParts(data, links)
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${data.title}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%23009e73'/%3E%3Cpath d='M3 11l3-4 3 2 4-6' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E">
<link rel="stylesheet" href="${links.css}">
<script type="module" src="${links.js}"></script>
</head>
<body data-source="${links.data}" data-purge="${links.purge}"${links.control !== undefined && markup` data-control="${links.control}"`}${links.example !== undefined && markup` data-example="${links.example}"`}>
<a class="skip" href="#main">Skip to the figures</a>
${patterns()}
<header class="top"><div id="top">${top}</div>
<p id="connection" role="status" data-state="still"><noscript><a href="">Reload</a> for new figures</noscript></p></header>
<nav id="links" aria-label="Caches">${cacheLinks}</nav>
<main id="main" tabindex="-1">
<div id="attention">${attention}</div>
<div id="caches">${caches}</div>
<div id="process-grid" class="grid">${process}</div>
</main>
</body>
</html>
`
  return page.text
}
