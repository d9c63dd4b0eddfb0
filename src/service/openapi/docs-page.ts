/** Written by `npm run openapi`: the page of the OpenAPI document, and the Content-Security-Policy of the page. */
export const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'sha256-uLveFM4gRqaDc53MCXU6JbE0yT/V2aaJrq2BFj0SlB8='; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hitrate API 0.2.0</title>
<link rel="icon" href="data:,">
<link rel="alternate" type="application/json" href="openapi.json">
<style>:root {
  color-scheme: light dark;
  --text: light-dark(#1f2328, #f0f6fc);
  --muted: light-dark(#59636e, #9ea7b3);
  --page: light-dark(#ffffff, #0d1117);
  --box: light-dark(#f6f8fa, #151b23);
  --edge: light-dark(#d1d9e0, #3d444d);
  --link: light-dark(#0550ae, #74b0ff);
  --get: light-dark(#0550ae, #74b0ff);
  --post: light-dark(#116329, #56d364);
  --put: light-dark(#7d4e00, #e3b341);
  --delete: light-dark(#a40e26, #ff8f87);
}
* {
  box-sizing: border-box;
}
html {
  scroll-padding-top: 1rem;
}
body {
  margin: 0 auto;
  max-width: 84rem;
  padding: 0 1rem 4rem;
  background: var(--page);
  color: var(--text);
  font:
    1rem / 1.5 system-ui,
    -apple-system,
    "Segoe UI",
    sans-serif;
}
a {
  color: var(--link);
}
:focus-visible {
  outline: 2px solid var(--link);
  outline-offset: 2px;
}
.skip {
  position: absolute;
  left: -99rem;
}
.skip:focus {
  left: 1rem;
  top: 1rem;
  padding: 0.5rem 1rem;
  background: var(--page);
}
header {
  padding: 1.5rem 0 0.5rem;
  border-bottom: 1px solid var(--edge);
}
h1 {
  margin: 0;
  font-size: 1.9rem;
  line-height: 1.2;
}
h1 small {
  color: var(--muted);
  font-size: 1rem;
  font-weight: 400;
}
h2 {
  margin: 2.5rem 0 0.5rem;
  font-size: 1.5rem;
}
h3 {
  margin: 0;
  font-size: 1.1rem;
  overflow-wrap: anywhere;
}
h4 {
  margin: 1.25rem 0 0.4rem;
  font-size: 0.95rem;
}
p {
  margin: 0.5rem 0;
}
code,
pre {
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  font-size: 0.875em;
}
code {
  padding: 0.1em 0.3em;
  border-radius: 4px;
  background: var(--box);
  overflow-wrap: anywhere;
}
pre {
  margin: 0.4rem 0;
  padding: 0.75rem;
  border: 1px solid var(--edge);
  border-radius: 6px;
  background: var(--page);
  overflow-x: auto;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
pre code {
  padding: 0;
  background: none;
  font-size: inherit;
}
nav ul {
  margin: 0 0 0.75rem;
  padding: 0;
  list-style: none;
}
nav li a {
  display: block;
  padding: 0.2rem 0;
  text-decoration: none;
  overflow-wrap: anywhere;
}
nav li a:hover {
  text-decoration: underline;
}
nav strong {
  display: block;
  margin-top: 0.75rem;
  font-size: 0.85rem;
  color: var(--muted);
}
article {
  margin: 1rem 0;
  padding: 1rem;
  border: 1px solid var(--edge);
  border-radius: 8px;
  background: var(--box);
}
article:target {
  border-color: var(--link);
}
article code {
  background: none;
  padding: 0;
}
.method {
  font-weight: 700;
  font-size: 0.875em;
}
.get {
  color: var(--get);
}
.post {
  color: var(--post);
}
.put {
  color: var(--put);
}
.delete {
  color: var(--delete);
}
.title {
  margin: 0.1rem 0 0.5rem;
  font-weight: 600;
}
table {
  width: 100%;
  border-collapse: collapse;
  font-size: 0.9rem;
}
th,
td {
  padding: 0.35rem 0.75rem 0.35rem 0;
  border-top: 1px solid var(--edge);
  text-align: left;
  vertical-align: top;
}
thead th {
  border-top: 0;
  color: var(--muted);
  font-weight: 600;
}
tbody th {
  font-weight: 600;
  white-space: nowrap;
}
td > small,
th > small {
  color: var(--muted);
  font-weight: 400;
}
td > small {
  display: block;
  font-size: 0.85em;
}
details {
  margin: 0.4rem 0;
}
summary {
  cursor: pointer;
  padding: 0.15rem 0;
}
dl {
  display: grid;
  grid-template-columns: minmax(8rem, max-content) 1fr;
  gap: 0.3rem 1rem;
  font-size: 0.9rem;
}
dt {
  font-weight: 600;
  overflow-wrap: anywhere;
}
dd {
  margin: 0;
}
@media (min-width: 60rem) {
  .columns {
    display: grid;
    grid-template-columns: 17rem minmax(0, 1fr);
    gap: 2.5rem;
  }
  nav {
    position: sticky;
    top: 0;
    max-height: 100vh;
    overflow-y: auto;
    padding: 1rem 0;
  }
}
@media (max-width: 40rem) {
  table,
  tbody,
  tr,
  th,
  td {
    display: block;
  }
  thead {
    position: absolute;
    left: -99rem;
  }
  tr {
    padding: 0.5rem 0;
    border-top: 1px solid var(--edge);
  }
  th,
  td {
    padding: 0;
    border: 0;
  }
  dl {
    display: block;
  }
  dd {
    margin: 0 0 0.5rem;
  }
}
@media (prefers-reduced-motion: no-preference) {
  html {
    scroll-behavior: smooth;
  }
}
</style>
</head>
<body>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1>hitrate API <small>0.2.0</small></h1>
<p>A REST API for users behind a read-through cache.</p><ul><li>Times are in seconds where a name or a description says nothing else, and in GMT where they are dates.</li><li>Every error is a problem document (RFC 9457).</li><li><code>HEAD</code> works wherever <code>GET</code> does, and has the same headers without a body. <code>OPTIONS</code> lists the methods of a path.</li><li>Another method on one of these paths is a 405 with <code>Allow</code>; another path is a 404.</li><li><code>X-Request-Id</code> and <code>traceparent</code> are taken from the request, or made, and returned.</li></ul>
<p><a href="openapi.json">openapi.json</a> is the same in OpenAPI 3.1.1.</p>
</header>
<div class="columns">
<nav aria-label="Contents">
<strong>Users</strong>
<ul>
<li><a href="#readUser"><span class="method get">GET</span> /api/user/{id}</a></li>
<li><a href="#replaceUser"><span class="method put">PUT</span> /api/user/{id}</a></li>
<li><a href="#removeUser"><span class="method delete">DELETE</span> /api/user/{id}</a></li>
<li><a href="#createUser"><span class="method post">POST</span> /api/user</a></li>
<li><a href="#listUsers"><span class="method get">GET</span> /api/users</a></li>
</ul>
<strong>Health</strong>
<ul>
<li><a href="#health"><span class="method get">GET</span> /health</a></li>
<li><a href="#readiness"><span class="method get">GET</span> /health/ready</a></li>
</ul>
<strong>Operation</strong>
<ul>
<li><a href="#metrics"><span class="method get">GET</span> /metrics</a></li>
<li><a href="#purge"><span class="method post">POST</span> /admin/purge</a></li>
</ul>
<strong>Documentation</strong>
<ul>
<li><a href="#openapi"><span class="method get">GET</span> /openapi.json</a></li>
<li><a href="#docs"><span class="method get">GET</span> /docs</a></li>
</ul>

<strong>More</strong>
<ul><li><a href="#schemas">Schemas</a></li><li><a href="#headers">Response headers</a></li></ul>
</nav>
<main id="operations">
<section aria-labelledby="tag-Users">
<h2 id="tag-Users">Users</h2>
<p>Reading and writing users.</p>
<article id="readUser">
<h3><a href="#readUser"><span class="method get">GET</span> /api/user/{id}</a></h3>
<p class="title">Read a user</p>
<p>Responses are stored for a minute, and a write removes them at once. Clients revalidate each time with the ETag. The 404 of an unknown id is stored for 5 seconds.</p>
<p>Token: <code>READ_TOKEN</code> or <code>API_TOKEN</code>, for reads. Only a service that has a <code>READ_TOKEN</code> needs it.</p>
<details open>
<summary>A user (200)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/api/user/user_001
HTTP/1.1 200
accept-ranges: bytes
cache-control: public, max-age=0
cache-status: hitrate; fwd=uri-miss; ttl=60; stored
content-length: 68
content-type: application/json
date: Sun, 22 Nov 2026 12:00:00 GMT
etag: &quot;wx3T5QJ_VuFT--agyC8vpA&quot;
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;id&quot;:&quot;user_001&quot;,&quot;name&quot;:&quot;Alice Johnson&quot;,&quot;email&quot;:&quot;alice@example.com&quot;}</code></pre>
</details>
<details>
<summary>The client has the current response (304)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/api/user/user_001 -H &#39;If-None-Match: &quot;wx3T5QJ_VuFT--agyC8vpA&quot;&#39;
HTTP/1.1 304
age: 0
cache-control: public, max-age=0
cache-status: hitrate; hit; ttl=60
date: Sun, 22 Nov 2026 12:00:00 GMT
etag: &quot;wx3T5QJ_VuFT--agyC8vpA&quot;
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736</code></pre>
</details>
<details>
<summary>A range of bytes (206)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/api/user/user_001 -H &#39;Range: bytes=0-9&#39;
HTTP/1.1 206
accept-ranges: bytes
age: 0
cache-control: public, max-age=0
cache-status: hitrate; hit; ttl=60
content-length: 10
content-range: bytes 0-9/68
content-type: application/json
date: Sun, 22 Nov 2026 12:00:00 GMT
etag: &quot;wx3T5QJ_VuFT--agyC8vpA&quot;
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;id&quot;:&quot;use</code></pre>
</details>
<details>
<summary>A range that the body does not have (416)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/api/user/user_001 -H &#39;Range: bytes=900-&#39;
HTTP/1.1 416
age: 0
cache-status: hitrate; hit; ttl=60
content-range: bytes */68
date: Sun, 22 Nov 2026 12:00:00 GMT
etag: &quot;wx3T5QJ_VuFT--agyC8vpA&quot;
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736</code></pre>
</details>
<details>
<summary>No such user (404)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/api/user/nobody
HTTP/1.1 404
cache-control: public, max-age=0
cache-status: hitrate; fwd=uri-miss; ttl=5; stored
content-type: application/problem+json
date: Sun, 22 Nov 2026 12:00:00 GMT
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Not Found&quot;,&quot;status&quot;:404,&quot;detail&quot;:&quot;User not found&quot;,&quot;error&quot;:&quot;User not found&quot;,&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>
<details>
<summary>A malformed id (400)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/api/user/not%20valid
HTTP/1.1 400
content-type: application/problem+json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Bad Request&quot;,&quot;status&quot;:400,&quot;detail&quot;:&quot;The path is not valid&quot;,&quot;error&quot;:&quot;The path is not valid&quot;,&quot;errors&quot;:[{&quot;field&quot;:&quot;id&quot;,&quot;message&quot;:&quot;must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -&quot;}],&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>
<details>
<summary>Nothing is stored (504)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/api/user/user_003 -H &#39;Cache-Control: only-if-cached&#39;
HTTP/1.1 504
cache-status: hitrate; detail=only-if-cached
content-type: application/problem+json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Gateway Timeout&quot;,&quot;status&quot;:504,&quot;detail&quot;:&quot;Nothing stored can answer this only-if-cached request&quot;,&quot;error&quot;:&quot;Nothing stored can answer this only-if-cached request&quot;,&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>
<details>
<summary>The database is unavailable (503)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/api/user/user_002
HTTP/1.1 503
cache-control: no-store
cache-status: hitrate; fwd=uri-miss
content-type: application/problem+json
retry-after: 1
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Service Unavailable&quot;,&quot;status&quot;:503,&quot;detail&quot;:&quot;The user database is unavailable&quot;,&quot;error&quot;:&quot;The user database is unavailable&quot;,&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>

<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>id</code> <small>path</small></th>
<td><a href="#schema-UserId">UserId</a><small></small></td><td>The id of the user.</td></tr>
<tr><th scope="row"><code>If-None-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>ETags that the client has. If the current one is among them, the response is a 304 without a body. A malformed list counts as none.</td></tr>
<tr><th scope="row"><code>If-Modified-Since</code> <small>header, optional</small></th>
<td>string<small></small></td><td>A time; if nothing has changed since, the response is a 304. <code>If-None-Match</code> takes precedence.</td></tr>
<tr><th scope="row"><code>Range</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The bytes of the body that the client wants (RFC 9110 §14).</td></tr>
<tr><th scope="row"><code>If-Range</code> <small>header, optional</small></th>
<td>string<small></small></td><td>An ETag: the range counts only if it is the current one. Otherwise the whole body is sent.</td></tr>
<tr><th scope="row"><code>Cache-Control</code> <small>header, optional</small></th>
<td>string<small></small></td><td>Of the directives of RFC 9111 §5.2.1 the service obeys <code>only-if-cached</code> (504 if nothing is stored) and <code>max-stale</code>.</td></tr>
</tbody>
</table>

<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>The user.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-accept-ranges">Accept-Ranges</a>, <a href="#header-last-modified">Last-Modified</a></small></td>
<td><a href="#schema-User">User</a><small>application/json</small></td></tr>
<tr><th scope="row">206</th>
<td>The bytes of the body that <code>Range</code> selects.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-accept-ranges">Accept-Ranges</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-content-range">Content-Range</a></small></td>
<td>any<small>application/json</small></td></tr>
<tr><th scope="row">304</th>
<td>The client has the current response. No body.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-link">Link</a></small></td>
<td></td></tr>
<tr><th scope="row">400</th>
<td>The request is not valid. <code>errors</code> names each field at fault.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">401</th>
<td>The token is missing or wrong.<small>Headers: <a href="#header-www-authenticate">WWW-Authenticate</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">404</th>
<td>No user has this id.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">416</th>
<td>The body does not have the bytes of <code>Range</code>. No body.<small>Headers: <a href="#header-content-range">Content-Range</a>, <a href="#header-accept-ranges">Accept-Ranges</a>, <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-link">Link</a></small></td>
<td></td></tr>
<tr><th scope="row">500</th>
<td>An error of the service. The log has it.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">503</th>
<td>The database is unavailable, and nothing stored may be served instead.<small>Headers: <a href="#header-retry-after">Retry-After</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">504</th>
<td>Nothing is stored for a request with <code>only-if-cached</code>, or the database did not respond in time.<small>Headers: <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
<article id="replaceUser">
<h3><a href="#replaceUser"><span class="method put">PUT</span> /api/user/{id}</a></h3>
<p class="title">Replace a user</p>
<p>Replaces all fields of an existing user but the id. Reads that begin after the response get the new user. To lose no write of another client, send the ETag in <code>If-Match</code>.</p>
<p>Token: <code>API_TOKEN</code>, for writes. A service on loopback may allow writes without one.</p>
<details open>
<summary>The user as it is stored now (200)</summary>
<pre><code>$ curl -i -X PUT http://127.0.0.1:3000/api/user/user_001 -H &quot;Authorization: Bearer $API_TOKEN&quot; -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;name&quot;:&quot;Alice Cooper&quot;,&quot;email&quot;:&quot;alice@example.com&quot;}&#39;
HTTP/1.1 200
cache-status: hitrate; fwd=method
content-location: /api/user/user_001
content-type: application/json
etag: &quot;pI1g7qqVGXh65Y8fTQINmA&quot;
last-modified: Sun, 22 Nov 2026 12:00:00 GMT
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;id&quot;:&quot;user_001&quot;,&quot;name&quot;:&quot;Alice Cooper&quot;,&quot;email&quot;:&quot;alice@example.com&quot;}</code></pre>
</details>
<details>
<summary>The user has changed since the client read it (412)</summary>
<pre><code>$ curl -i -X PUT http://127.0.0.1:3000/api/user/user_001 -H &quot;Authorization: Bearer $API_TOKEN&quot; -H &#39;Content-Type: application/json&#39; -H &#39;If-Match: &quot;wx3T5QJ_VuFT--agyC8vpA&quot;&#39; -d &#39;{&quot;name&quot;:&quot;Alice Smith&quot;,&quot;email&quot;:&quot;alice@example.com&quot;}&#39;
HTTP/1.1 412
cache-status: hitrate; fwd=method
content-type: application/problem+json
etag: &quot;pI1g7qqVGXh65Y8fTQINmA&quot;
last-modified: Sun, 22 Nov 2026 12:00:00 GMT
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Precondition Failed&quot;,&quot;status&quot;:412,&quot;detail&quot;:&quot;The user is not as the request expects&quot;,&quot;error&quot;:&quot;The user is not as the request expects&quot;,&quot;errors&quot;:[{&quot;field&quot;:&quot;If-Match&quot;,&quot;message&quot;:&quot;is not the current ETag&quot;}],&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>
<details>
<summary>No such user (404)</summary>
<pre><code>$ curl -i -X PUT http://127.0.0.1:3000/api/user/nobody -H &quot;Authorization: Bearer $API_TOKEN&quot; -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;name&quot;:&quot;Nemo&quot;,&quot;email&quot;:&quot;nemo@example.com&quot;}&#39;
HTTP/1.1 404
cache-status: hitrate; fwd=method
content-type: application/problem+json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Not Found&quot;,&quot;status&quot;:404,&quot;detail&quot;:&quot;User not found&quot;,&quot;error&quot;:&quot;User not found&quot;,&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>

<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>id</code> <small>path</small></th>
<td><a href="#schema-UserId">UserId</a><small></small></td><td>The id of the user.</td></tr>
<tr><th scope="row"><code>If-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has one of these strong ETags, or exists at all for <code>*</code>; otherwise 412.</td></tr>
<tr><th scope="row"><code>If-None-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has none of these ETags, or does not exist for <code>*</code>; otherwise 412.</td></tr>
<tr><th scope="row"><code>If-Unmodified-Since</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has not changed since this time; otherwise 412. <code>If-Match</code> takes precedence.</td></tr>
</tbody>
</table>
<h4>Body</h4><p>The new fields. At most 65,536 bytes, without a content encoding. <a href="#schema-UserReplacement">UserReplacement</a><small>application/json</small></p>
<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>The user as it is stored now.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-content-location">Content-Location</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-User">User</a><small>application/json</small></td></tr>
<tr><th scope="row">400</th>
<td>The request is not valid. <code>errors</code> names each field at fault.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">401</th>
<td>The token is missing or wrong.<small>Headers: <a href="#header-www-authenticate">WWW-Authenticate</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">404</th>
<td>No user has this id.<small>Headers: <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">412</th>
<td>A condition of the request is false. Nothing was changed. The validators are those of the current user, if it exists.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">413</th>
<td>The body has more than 65,536 bytes.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">415</th>
<td>The body is not JSON, or it is encoded.<small>Headers: <a href="#header-accept">Accept</a>, <a href="#header-accept-encoding">Accept-Encoding</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">500</th>
<td>An error of the service. The log has it.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">503</th>
<td>The database is unavailable, and nothing stored may be served instead.<small>Headers: <a href="#header-retry-after">Retry-After</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
<article id="removeUser">
<h3><a href="#removeUser"><span class="method delete">DELETE</span> /api/user/{id}</a></h3>
<p class="title">Remove a user</p>
<p>Reads that begin after the response get a 404.</p>
<p>Token: <code>API_TOKEN</code>, for writes. A service on loopback may allow writes without one.</p>
<details open>
<summary>A user is removed (204)</summary>
<pre><code>$ curl -i -X DELETE http://127.0.0.1:3000/api/user/dave -H &quot;Authorization: Bearer $API_TOKEN&quot;
HTTP/1.1 204
cache-status: hitrate; fwd=method
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736</code></pre>
</details>

<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>id</code> <small>path</small></th>
<td><a href="#schema-UserId">UserId</a><small></small></td><td>The id of the user.</td></tr>
<tr><th scope="row"><code>If-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has one of these strong ETags, or exists at all for <code>*</code>; otherwise 412.</td></tr>
<tr><th scope="row"><code>If-None-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has none of these ETags, or does not exist for <code>*</code>; otherwise 412.</td></tr>
<tr><th scope="row"><code>If-Unmodified-Since</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has not changed since this time; otherwise 412. <code>If-Match</code> takes precedence.</td></tr>
</tbody>
</table>

<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">204</th>
<td>The user is removed. No body.<small>Headers: <a href="#header-cache-status">Cache-Status</a></small></td>
<td></td></tr>
<tr><th scope="row">400</th>
<td>The request is not valid. <code>errors</code> names each field at fault.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">401</th>
<td>The token is missing or wrong.<small>Headers: <a href="#header-www-authenticate">WWW-Authenticate</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">404</th>
<td>No user has this id.<small>Headers: <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">412</th>
<td>A condition of the request is false. Nothing was changed. The validators are those of the current user, if it exists.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">500</th>
<td>An error of the service. The log has it.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">503</th>
<td>The database is unavailable, and nothing stored may be served instead.<small>Headers: <a href="#header-retry-after">Retry-After</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
<article id="createUser">
<h3><a href="#createUser"><span class="method post">POST</span> /api/user</a></h3>
<p class="title">Create a user</p>
<p>The client chooses the id. A stored 404 of the id is removed.</p>
<p>Token: <code>API_TOKEN</code>, for writes. A service on loopback may allow writes without one.</p>
<details open>
<summary>A new user (201)</summary>
<pre><code>$ curl -i -X POST http://127.0.0.1:3000/api/user -H &quot;Authorization: Bearer $API_TOKEN&quot; -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;id&quot;:&quot;dave&quot;,&quot;name&quot;:&quot;Dave Grohl&quot;,&quot;email&quot;:&quot;dave@example.com&quot;}&#39;
HTTP/1.1 201
cache-status: hitrate; fwd=method
content-location: /api/user/dave
content-type: application/json
etag: &quot;ep4lNO5zq68N8vTaIXAJLw&quot;
last-modified: Sun, 22 Nov 2026 12:00:00 GMT
location: /api/user/dave
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;id&quot;:&quot;dave&quot;,&quot;name&quot;:&quot;Dave Grohl&quot;,&quot;email&quot;:&quot;dave@example.com&quot;}</code></pre>
</details>
<details>
<summary>The id is taken (409)</summary>
<pre><code>$ curl -i -X POST http://127.0.0.1:3000/api/user -H &quot;Authorization: Bearer $API_TOKEN&quot; -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;id&quot;:&quot;user_002&quot;,&quot;name&quot;:&quot;Bob&quot;,&quot;email&quot;:&quot;bob@example.com&quot;}&#39;
HTTP/1.1 409
cache-status: hitrate; fwd=method
content-type: application/problem+json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Conflict&quot;,&quot;status&quot;:409,&quot;detail&quot;:&quot;User already exists&quot;,&quot;error&quot;:&quot;User already exists&quot;,&quot;errors&quot;:[{&quot;field&quot;:&quot;id&quot;,&quot;message&quot;:&quot;user_002 is taken&quot;}],&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>
<details>
<summary>Fields that are not valid (400)</summary>
<pre><code>$ curl -i -X POST http://127.0.0.1:3000/api/user -H &quot;Authorization: Bearer $API_TOKEN&quot; -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;id&quot;:&quot;erin&quot;,&quot;name&quot;:&quot;&quot;,&quot;email&quot;:&quot;erin&quot;}&#39;
HTTP/1.1 400
content-type: application/problem+json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Bad Request&quot;,&quot;status&quot;:400,&quot;detail&quot;:&quot;The body is not valid&quot;,&quot;error&quot;:&quot;The body is not valid&quot;,&quot;errors&quot;:[{&quot;field&quot;:&quot;name&quot;,&quot;message&quot;:&quot;must not be empty&quot;},{&quot;field&quot;:&quot;email&quot;,&quot;message&quot;:&quot;must be an e-mail address&quot;}],&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>
<details>
<summary>Without the token (401)</summary>
<pre><code>$ curl -i -X POST http://127.0.0.1:3000/api/user -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;id&quot;:&quot;erin&quot;,&quot;name&quot;:&quot;Erin&quot;,&quot;email&quot;:&quot;erin@example.com&quot;}&#39;
HTTP/1.1 401
content-type: application/problem+json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
www-authenticate: Bearer
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Unauthorized&quot;,&quot;status&quot;:401,&quot;detail&quot;:&quot;Writes need the API token&quot;,&quot;error&quot;:&quot;Writes need the API token&quot;,&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>
<details>
<summary>A body that is not JSON (415)</summary>
<pre><code>$ curl -i -X POST http://127.0.0.1:3000/api/user -H &quot;Authorization: Bearer $API_TOKEN&quot; -H &#39;Content-Type: text/csv&#39; -d &#39;erin,Erin,erin@example.com&#39;
HTTP/1.1 415
accept: application/json
content-type: application/problem+json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Unsupported Media Type&quot;,&quot;status&quot;:415,&quot;detail&quot;:&quot;The body must be application/json&quot;,&quot;error&quot;:&quot;The body must be application/json&quot;,&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>

<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>If-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has one of these strong ETags, or exists at all for <code>*</code>; otherwise 412.</td></tr>
<tr><th scope="row"><code>If-None-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has none of these ETags, or does not exist for <code>*</code>; otherwise 412.</td></tr>
<tr><th scope="row"><code>If-Unmodified-Since</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The write happens only if the user has not changed since this time; otherwise 412. <code>If-Match</code> takes precedence.</td></tr>
</tbody>
</table>
<h4>Body</h4><p>The user. At most 65,536 bytes, without a content encoding. <a href="#schema-User">User</a><small>application/json</small></p>
<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">201</th>
<td>The user is created.<small>Headers: <a href="#header-location">Location</a>, <a href="#header-etag">ETag</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-content-location">Content-Location</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-User">User</a><small>application/json</small></td></tr>
<tr><th scope="row">400</th>
<td>The request is not valid. <code>errors</code> names each field at fault.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">401</th>
<td>The token is missing or wrong.<small>Headers: <a href="#header-www-authenticate">WWW-Authenticate</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">409</th>
<td>The id is taken.<small>Headers: <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">412</th>
<td>A condition of the request is false. Nothing was changed. The validators are those of the current user, if it exists.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">413</th>
<td>The body has more than 65,536 bytes.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">415</th>
<td>The body is not JSON, or it is encoded.<small>Headers: <a href="#header-accept">Accept</a>, <a href="#header-accept-encoding">Accept-Encoding</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">500</th>
<td>An error of the service. The log has it.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">503</th>
<td>The database is unavailable, and nothing stored may be served instead.<small>Headers: <a href="#header-retry-after">Retry-After</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
<article id="listUsers">
<h3><a href="#listUsers"><span class="method get">GET</span> /api/users</a></h3>
<p class="title">List users by their ids, or page by page</p>
<p>With <code>ids</code> the users of these ids, in any order of the ids; otherwise one page of all users. <code>ids</code> cannot be combined with <code>limit</code> or <code>after</code>.</p>
<p>Token: <code>READ_TOKEN</code> or <code>API_TOKEN</code>, for reads. Only a service that has a <code>READ_TOKEN</code> needs it.</p>
<details open>
<summary>A page (200)</summary>
<pre><code>$ curl -i &#39;http://127.0.0.1:3000/api/users?limit=2&#39;
HTTP/1.1 200
accept-ranges: bytes
cache-control: public, max-age=0
cache-status: hitrate; fwd=uri-miss; ttl=60; stored
content-length: 171
content-type: application/json
etag: &quot;vX4ELbx1zB9h9MpTW2n3zQ&quot;
link: &lt;/api/users?limit=2&amp;after=user_002&gt;; rel=&quot;next&quot;
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;users&quot;:[{&quot;id&quot;:&quot;user_001&quot;,&quot;name&quot;:&quot;Alice Johnson&quot;,&quot;email&quot;:&quot;alice@example.com&quot;},{&quot;id&quot;:&quot;user_002&quot;,&quot;name&quot;:&quot;Bob Smith&quot;,&quot;email&quot;:&quot;bob@example.com&quot;}],&quot;total&quot;:3,&quot;next&quot;:&quot;user_002&quot;}</code></pre>
</details>
<details>
<summary>The last page (200)</summary>
<pre><code>$ curl -i &#39;http://127.0.0.1:3000/api/users?limit=2&amp;after=user_002&#39;
HTTP/1.1 200
accept-ranges: bytes
cache-control: public, max-age=0
cache-status: hitrate; fwd=uri-miss; ttl=60; stored
content-length: 104
content-type: application/json
etag: &quot;U1SdElihNuu7NWogXfMsSg&quot;
link: &lt;/api/users?limit=2&gt;; rel=&quot;first&quot;
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;users&quot;:[{&quot;id&quot;:&quot;user_003&quot;,&quot;name&quot;:&quot;Charlie Brown&quot;,&quot;email&quot;:&quot;charlie@example.com&quot;}],&quot;total&quot;:3,&quot;next&quot;:null}</code></pre>
</details>
<details>
<summary>Users by their ids (200)</summary>
<pre><code>$ curl -i &#39;http://127.0.0.1:3000/api/users?ids=user_001,nobody,user_003&#39;
HTTP/1.1 200
accept-ranges: bytes
age: 0
cache-control: public, max-age=0
cache-status: hitrate; fwd=partial; ttl=5; stored; detail=loaded-1-of-3
content-length: 172
content-type: application/json
etag: &quot;svF2JnRAGkzatU3UZRNpEQ&quot;
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;users&quot;:[{&quot;id&quot;:&quot;user_001&quot;,&quot;name&quot;:&quot;Alice Johnson&quot;,&quot;email&quot;:&quot;alice@example.com&quot;},{&quot;id&quot;:&quot;user_003&quot;,&quot;name&quot;:&quot;Charlie Brown&quot;,&quot;email&quot;:&quot;charlie@example.com&quot;}],&quot;missing&quot;:[&quot;nobody&quot;]}</code></pre>
</details>
<details>
<summary>A limit out of range (400)</summary>
<pre><code>$ curl -i &#39;http://127.0.0.1:3000/api/users?limit=0&#39;
HTTP/1.1 400
content-type: application/problem+json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;type&quot;:&quot;about:blank&quot;,&quot;title&quot;:&quot;Bad Request&quot;,&quot;status&quot;:400,&quot;detail&quot;:&quot;The query is not valid&quot;,&quot;error&quot;:&quot;The query is not valid&quot;,&quot;errors&quot;:[{&quot;field&quot;:&quot;limit&quot;,&quot;message&quot;:&quot;must be at least 1&quot;}],&quot;request_id&quot;:&quot;4bf92f3577b34da6a3ce929d0e0e4736&quot;}</code></pre>
</details>

<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>ids</code> <small>query, optional</small></th>
<td>array of <a href="#schema-UserId">UserId</a><small>at least 1 item, at most 100 items</small></td><td>Ids with commas between them, at most 100.</td></tr>
<tr><th scope="row"><code>limit</code> <small>query, optional</small></th>
<td>integer<small>at least 1, at most 100, default 20</small></td><td>Most users of a page.</td></tr>
<tr><th scope="row"><code>after</code> <small>query, optional</small></th>
<td><a href="#schema-UserId">UserId</a><small></small></td><td>The page begins after this id. Take <code>next</code> of the page before.</td></tr>
<tr><th scope="row"><code>If-None-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>ETags that the client has. If the current one is among them, the response is a 304 without a body. A malformed list counts as none.</td></tr>
<tr><th scope="row"><code>If-Modified-Since</code> <small>header, optional</small></th>
<td>string<small></small></td><td>A time; if nothing has changed since, the response is a 304. <code>If-None-Match</code> takes precedence.</td></tr>
<tr><th scope="row"><code>Range</code> <small>header, optional</small></th>
<td>string<small></small></td><td>The bytes of the body that the client wants (RFC 9110 §14).</td></tr>
<tr><th scope="row"><code>If-Range</code> <small>header, optional</small></th>
<td>string<small></small></td><td>An ETag: the range counts only if it is the current one. Otherwise the whole body is sent.</td></tr>
<tr><th scope="row"><code>Cache-Control</code> <small>header, optional</small></th>
<td>string<small></small></td><td>Of the directives of RFC 9111 §5.2.1 the service obeys <code>only-if-cached</code> (504 if nothing is stored) and <code>max-stale</code>.</td></tr>
</tbody>
</table>

<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>The users.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-accept-ranges">Accept-Ranges</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-link">Link</a></small></td>
<td><a href="#schema-UsersPage">UsersPage</a> or <a href="#schema-UsersById">UsersById</a><small>application/json</small></td></tr>
<tr><th scope="row">206</th>
<td>The bytes of the body that <code>Range</code> selects.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-accept-ranges">Accept-Ranges</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-link">Link</a>, <a href="#header-content-range">Content-Range</a></small></td>
<td>any<small>application/json</small></td></tr>
<tr><th scope="row">304</th>
<td>The client has the current response. No body.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-link">Link</a></small></td>
<td></td></tr>
<tr><th scope="row">400</th>
<td>The request is not valid. <code>errors</code> names each field at fault.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">401</th>
<td>The token is missing or wrong.<small>Headers: <a href="#header-www-authenticate">WWW-Authenticate</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">416</th>
<td>The body does not have the bytes of <code>Range</code>. No body.<small>Headers: <a href="#header-content-range">Content-Range</a>, <a href="#header-accept-ranges">Accept-Ranges</a>, <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-link">Link</a></small></td>
<td></td></tr>
<tr><th scope="row">500</th>
<td>An error of the service. The log has it.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">503</th>
<td>The database is unavailable, and nothing stored may be served instead.<small>Headers: <a href="#header-retry-after">Retry-After</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">504</th>
<td>Nothing is stored for a request with <code>only-if-cached</code>, or the database did not respond in time.<small>Headers: <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
</section>
<section aria-labelledby="tag-Health">
<h2 id="tag-Health">Health</h2>
<p>For probes and load balancers.</p>
<article id="health">
<h3><a href="#health"><span class="method get">GET</span> /health</a></h3>
<p class="title">Is the process alive?</p>
<p>For liveness probes. It reads nothing but the clock.</p>

<details open>
<summary>The process is alive (200)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/health
HTTP/1.1 200
cache-control: no-store
content-type: application/json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;status&quot;:&quot;healthy&quot;,&quot;service&quot;:&quot;hitrate&quot;,&quot;version&quot;:&quot;0.2.0&quot;,&quot;runtime&quot;:&quot;bun 1.4.5&quot;,&quot;uptime_seconds&quot;:42}</code></pre>
</details>



<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>The process is alive.<small>Headers: <a href="#header-cache-control">Cache-Control</a></small></td>
<td><a href="#schema-Health">Health</a><small>application/json</small></td></tr>
</tbody>
</table>
</article>
<article id="readiness">
<h3><a href="#readiness"><span class="method get">GET</span> /health/ready</a></h3>
<p class="title">May requests be sent to this process?</p>
<p>For readiness probes and load balancers. Each check has 2.5 seconds.</p>

<details open>
<summary>The service is ready (200)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/health/ready
HTTP/1.1 200
cache-control: no-store
content-type: application/json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;status&quot;:&quot;ready&quot;,&quot;repository&quot;:&quot;up&quot;,&quot;tiers&quot;:{&quot;memory&quot;:&quot;up&quot;}}</code></pre>
</details>
<details>
<summary>The database is unavailable (503)</summary>
<pre><code>$ curl -i http://127.0.0.1:3000/health/ready
HTTP/1.1 503
cache-control: no-store
content-type: application/json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;status&quot;:&quot;unready&quot;,&quot;repository&quot;:&quot;down&quot;,&quot;reason&quot;:&quot;failed&quot;,&quot;tiers&quot;:{&quot;memory&quot;:&quot;up&quot;}}</code></pre>
</details>



<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>The service is ready.<small>Headers: <a href="#header-cache-control">Cache-Control</a></small></td>
<td><a href="#schema-Readiness">Readiness</a><small>application/json</small></td></tr>
<tr><th scope="row">503</th>
<td>The service is not ready, or it is stopping.<small>Headers: <a href="#header-cache-control">Cache-Control</a></small></td>
<td><a href="#schema-Readiness">Readiness</a><small>application/json</small></td></tr>
</tbody>
</table>
</article>
</section>
<section aria-labelledby="tag-Operation">
<h2 id="tag-Operation">Operation</h2>
<p>For Prometheus and for operators.</p>
<article id="metrics">
<h3><a href="#metrics"><span class="method get">GET</span> /metrics</a></h3>
<p class="title">Metrics for Prometheus</p>
<p><code>Accept</code> chooses between the text format, OpenMetrics and protobuf; <code>Accept-Encoding</code> the compression. Needs <code>METRICS_TOKEN</code> if the service has one.</p>
<p>Token: <code>METRICS_TOKEN</code>, for metrics. Only a service that has one needs it.</p>

<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>X-Prometheus-Scrape-Timeout-Seconds</code> <small>header, optional</small></th>
<td>number<small>more than 0</small></td><td>Timeout of the scraper, in seconds. Values that take time to read get less.</td></tr>
</tbody>
</table>

<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>All metrics.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-content-encoding">Content-Encoding</a></small></td>
<td>string<small>text/plain</small>string<small>application/openmetrics-text</small>string<small>application/vnd.google.protobuf</small></td></tr>
<tr><th scope="row">401</th>
<td>The token is missing or wrong.<small>Headers: <a href="#header-www-authenticate">WWW-Authenticate</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">500</th>
<td>An error of the service. The log has it.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
<article id="purge">
<h3><a href="#purge"><span class="method post">POST</span> /admin/purge</a></h3>
<p class="title">Remove stored responses</p>
<p>Present only if the service has <code>ADMIN_TOKEN</code>; otherwise the path is a 404. The response is sent once no thread of the process serves the old responses.</p>
<p>Token: <code>ADMIN_TOKEN</code>, for purges.</p>
<details open>
<summary>A URL and a tag (200)</summary>
<pre><code>$ curl -i -X POST http://127.0.0.1:3000/admin/purge -H &quot;Authorization: Bearer $ADMIN_TOKEN&quot; -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;urls&quot;:[&quot;/api/user/user_001&quot;],&quot;tags&quot;:[&quot;users&quot;]}&#39;
HTTP/1.1 200
content-type: application/json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;urls&quot;:1,&quot;tags&quot;:1,&quot;prefixes&quot;:0,&quot;all&quot;:false,&quot;unreached&quot;:[],&quot;unmatched&quot;:[],&quot;confirmed&quot;:true}</code></pre>
</details>
<details>
<summary>Everything (200)</summary>
<pre><code>$ curl -i -X POST http://127.0.0.1:3000/admin/purge -H &quot;Authorization: Bearer $ADMIN_TOKEN&quot; -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;all&quot;:true}&#39;
HTTP/1.1 200
content-type: application/json
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
x-content-type-options: nosniff
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736

{&quot;urls&quot;:0,&quot;tags&quot;:0,&quot;prefixes&quot;:0,&quot;all&quot;:true,&quot;unreached&quot;:[],&quot;unmatched&quot;:[],&quot;confirmed&quot;:true}</code></pre>
</details>


<h4>Body</h4><p>What to purge. At most 65,536 bytes, without a content encoding. <a href="#schema-Purge">Purge</a><small>application/json</small></p>
<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>The result.</td>
<td><a href="#schema-Purged">Purged</a><small>application/json</small></td></tr>
<tr><th scope="row">400</th>
<td>The request is not valid. <code>errors</code> names each field at fault.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">401</th>
<td>The token is missing or wrong.<small>Headers: <a href="#header-www-authenticate">WWW-Authenticate</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">404</th>
<td>There is nothing at this path.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">413</th>
<td>The body has more than 65,536 bytes.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">415</th>
<td>The body is not JSON, or it is encoded.<small>Headers: <a href="#header-accept">Accept</a>, <a href="#header-accept-encoding">Accept-Encoding</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
<tr><th scope="row">500</th>
<td>An error of the service. The log has it.<small>Headers: <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a></small></td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
</section>
<section aria-labelledby="tag-Documentation">
<h2 id="tag-Documentation">Documentation</h2>
<p>The description of this API.</p>
<article id="openapi">
<h3><a href="#openapi"><span class="method get">GET</span> /openapi.json</a></h3>
<p class="title">This document</p>
<p>The API in OpenAPI 3.1. With <code>API_DOCS=off</code> the path is a 404.</p>


<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>If-None-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>ETags that the client has. If the current one is among them, the response is a 304 without a body. A malformed list counts as none.</td></tr>
</tbody>
</table>

<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>The document.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a></small></td>
<td>object<small>application/json</small></td></tr>
<tr><th scope="row">304</th>
<td>The client has the current response. No body.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-link">Link</a></small></td>
<td></td></tr>
<tr><th scope="row">404</th>
<td>There is nothing at this path.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
<article id="docs">
<h3><a href="#docs"><span class="method get">GET</span> /docs</a></h3>
<p class="title">This document as a page</p>
<p>A page without scripts that loads nothing else. With <code>API_DOCS=off</code> the path is a 404.</p>


<h4>Parameters</h4>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>If-None-Match</code> <small>header, optional</small></th>
<td>string<small></small></td><td>ETags that the client has. If the current one is among them, the response is a 304 without a body. A malformed list counts as none.</td></tr>
</tbody>
</table>

<h4>Responses</h4>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead>
<tbody>
<tr><th scope="row">200</th>
<td>The page.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-content-security-policy">Content-Security-Policy</a></small></td>
<td>string<small>text/html</small></td></tr>
<tr><th scope="row">304</th>
<td>The client has the current response. No body.<small>Headers: <a href="#header-etag">ETag</a>, <a href="#header-cache-control">Cache-Control</a>, <a href="#header-cache-status">Cache-Status</a>, <a href="#header-age">Age</a>, <a href="#header-last-modified">Last-Modified</a>, <a href="#header-link">Link</a></small></td>
<td></td></tr>
<tr><th scope="row">404</th>
<td>There is nothing at this path.</td>
<td><a href="#schema-Problem">Problem</a><small>application/problem+json</small></td></tr>
</tbody>
</table>
</article>
</section>
<section aria-labelledby="schemas">
<h2 id="schemas">Schemas</h2>
<article id="schema-UserId">
<h3>UserId</h3>
<p>The id of a user: 1 to 64 characters of A-Z, a-z, 0-9, <code>_</code> and <code>-</code>.</p>
<p>string, matching <code>^[A-Za-z0-9_-]{1,64}$</code></p>
</article><article id="schema-UserName">
<h3>UserName</h3>
<p>The name of a user: 1 to 200 characters without control characters. White space around it is removed.</p>
<p>string, at least 1 character, at most 200 characters, matching <code>^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$</code></p>
</article><article id="schema-UserEmail">
<h3>UserEmail</h3>
<p>The e-mail address of a user: at most 254 characters.</p>
<p>string, at most 254 characters, format email, matching <code>^(?:[A-Za-z0-9_&#39;+\\-]+\\.)*[A-Za-z0-9_&#39;+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$</code></p>
</article><article id="schema-User">
<h3>User</h3>
<p>A user.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>id</code></th>
<td><a href="#schema-UserId">UserId</a><small></small></td><td></td></tr>
<tr><th scope="row"><code>name</code></th>
<td><a href="#schema-UserName">UserName</a><small></small></td><td></td></tr>
<tr><th scope="row"><code>email</code></th>
<td><a href="#schema-UserEmail">UserEmail</a><small></small></td><td></td></tr>
</tbody>
</table>
</article><article id="schema-UserReplacement">
<h3>UserReplacement</h3>
<p>All fields of a user but the id. An <code>id</code> is allowed if it is the one in the path.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>name</code></th>
<td><a href="#schema-UserName">UserName</a><small></small></td><td></td></tr>
<tr><th scope="row"><code>email</code></th>
<td><a href="#schema-UserEmail">UserEmail</a><small></small></td><td></td></tr>
<tr><th scope="row"><code>id</code> <small>optional</small></th>
<td><a href="#schema-UserId">UserId</a><small></small></td><td></td></tr>
</tbody>
</table>
</article><article id="schema-UsersPage">
<h3>UsersPage</h3>
<p>One page of all users, in ascending order of id.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>users</code></th>
<td>array of <a href="#schema-User">User</a><small></small></td><td>The users of the page.</td></tr>
<tr><th scope="row"><code>total</code></th>
<td>integer<small>at least 0</small></td><td>The number of all users.</td></tr>
<tr><th scope="row"><code>next</code></th>
<td><a href="#schema-UserId">UserId</a> or null<small></small></td><td>The value of <code>after</code> for the next page; <code>null</code> on the last page.</td></tr>
</tbody>
</table>
</article><article id="schema-UsersById">
<h3>UsersById</h3>
<p>The users of a list of ids.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>users</code></th>
<td>array of <a href="#schema-User">User</a><small></small></td><td>The users that exist, in ascending order of id.</td></tr>
<tr><th scope="row"><code>missing</code></th>
<td>array of <a href="#schema-UserId">UserId</a><small></small></td><td>The ids that no user has.</td></tr>
</tbody>
</table>
</article><article id="schema-Problem">
<h3>Problem</h3>
<p>An error (RFC 9457). It contains no stack trace and no message of a backend.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>type</code></th>
<td>string<small></small></td><td>Always <code>about:blank</code>: the status says which kind of error it is.</td></tr>
<tr><th scope="row"><code>title</code></th>
<td>string<small></small></td><td>The name of the status.</td></tr>
<tr><th scope="row"><code>status</code></th>
<td>integer<small>at least 400, at most 599</small></td><td>The status code of the response.</td></tr>
<tr><th scope="row"><code>detail</code></th>
<td>string<small></small></td><td>What was wrong, for a person to read.</td></tr>
<tr><th scope="row"><code>error</code></th>
<td>string<small></small></td><td>The same text as <code>detail</code>.</td></tr>
<tr><th scope="row"><code>errors</code> <small>optional</small></th>
<td>array of <a href="#schema-FieldError">FieldError</a><small>at least 1 item</small></td><td>The fields at fault.</td></tr>
<tr><th scope="row"><code>request_id</code> <small>optional</small></th>
<td>string<small></small></td><td>The id of the request, as in <code>X-Request-Id</code> and in the log.</td></tr>
</tbody>
</table>
</article><article id="schema-FieldError">
<h3>FieldError</h3>
<p>One field of a request that is not valid.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>field</code></th>
<td>string<small></small></td><td>Name of the field or parameter; members of a list as in <code>ids.2</code>.</td></tr>
<tr><th scope="row"><code>message</code></th>
<td>string<small></small></td><td>What the field must be.</td></tr>
</tbody>
</table>
</article><article id="schema-Health">
<h3>Health</h3>
<p>The process runs.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>status</code></th>
<td><code>&quot;healthy&quot;</code><small></small></td><td></td></tr>
<tr><th scope="row"><code>service</code></th>
<td><code>&quot;hitrate&quot;</code><small></small></td><td></td></tr>
<tr><th scope="row"><code>version</code></th>
<td>string<small></small></td><td>Version of the service.</td></tr>
<tr><th scope="row"><code>runtime</code></th>
<td>string<small></small></td><td>Name and version of the runtime.</td></tr>
<tr><th scope="row"><code>uptime_seconds</code></th>
<td>integer<small>at least 0</small></td><td>Seconds since the start of the process.</td></tr>
</tbody>
</table>
</article><article id="schema-Readiness">
<h3>Readiness</h3>
<p>State of the parts that requests need.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>status</code></th>
<td><code>&quot;ready&quot;</code> or <code>&quot;unready&quot;</code> or <code>&quot;starting&quot;</code> or <code>&quot;stopping&quot;</code><small></small></td><td><code>ready</code> if the service may get requests; <code>unready</code> if its database is down; <code>starting</code> and <code>stopping</code> while the process starts and ends.</td></tr>
<tr><th scope="row"><code>repository</code></th>
<td><code>&quot;up&quot;</code> or <code>&quot;down&quot;</code><small></small></td><td>State of the database of users.</td></tr>
<tr><th scope="row"><code>reason</code> <small>optional</small></th>
<td><code>&quot;damaged&quot;</code> or <code>&quot;disk full&quot;</code> or <code>&quot;locked&quot;</code> or <code>&quot;moved&quot;</code> or <code>&quot;read-only&quot;</code> or <code>&quot;unreadable&quot;</code> or <code>&quot;no answer&quot;</code> or <code>&quot;failed&quot;</code><small></small></td><td>Why the repository is down, in a few words; absent while it is up.</td></tr>
<tr><th scope="row"><code>tiers</code></th>
<td>object with values <code>&quot;up&quot;</code> or <code>&quot;down&quot;</code><small></small></td><td>State of each tier of the cache. The service is ready even if one is down: requests then take longer.</td></tr>
</tbody>
</table>
</article><article id="schema-Purge">
<h3>Purge</h3>
<p>Selects stored responses. At least one of <code>urls</code>, <code>tags</code>, <code>prefixes</code> and <code>all</code> is needed.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>urls</code> <small>optional</small></th>
<td>array of string<small>at least 1 item, at most 100 items</small></td><td>URLs with all their variants; a path counts for every host.</td></tr>
<tr><th scope="row"><code>tags</code> <small>optional</small></th>
<td>array of string<small>at least 1 item, at most 100 items</small></td><td>Tags, such as <code>user:user_001</code> and <code>users</code>.</td></tr>
<tr><th scope="row"><code>prefixes</code> <small>optional</small></th>
<td>array of string<small>at least 1 item, at most 100 items</small></td><td>Paths that begin and end with <code>/</code>: everything below them.</td></tr>
<tr><th scope="row"><code>all</code> <small>optional</small></th>
<td><code>true</code><small></small></td><td>Selects everything.</td></tr>
<tr><th scope="row"><code>soft</code> <small>optional</small></th>
<td><code>true</code><small></small></td><td>Makes the responses stale instead of removing them: they may be served while a new one is loaded.</td></tr>
</tbody>
</table>
</article><article id="schema-Purged">
<h3>Purged</h3>
<p>The result of a purge.</p>
<table>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
<tr><th scope="row"><code>urls</code></th>
<td>integer<small>at least 0</small></td><td>URLs of which a response was stored.</td></tr>
<tr><th scope="row"><code>tags</code></th>
<td>integer<small>at least 0</small></td><td>Number of tags, used or not.</td></tr>
<tr><th scope="row"><code>prefixes</code></th>
<td>integer<small>at least 0</small></td><td>Number of prefixes, used or not.</td></tr>
<tr><th scope="row"><code>all</code></th>
<td>boolean<small></small></td><td>True if everything was purged.</td></tr>
<tr><th scope="row"><code>unreached</code></th>
<td>array of string<small></small></td><td>URLs that reached no cache: no route has them, or a token is needed.</td></tr>
<tr><th scope="row"><code>unmatched</code></th>
<td>array of string<small></small></td><td>URLs that reached a cache which had no response of them.</td></tr>
<tr><th scope="row"><code>confirmed</code></th>
<td>boolean<small></small></td><td>False if a shared tier or another process has not confirmed the purge.</td></tr>
</tbody>
</table>
</article>
</section>
<section aria-labelledby="headers">
<h2 id="headers">Response headers</h2>
<p>Any response may have <code>Content-Length</code>, <code>X-Request-Id</code>, <code>traceparent</code>, <code>X-Content-Type-Options</code>, <code>Access-Control-Allow-Origin</code>, <code>Access-Control-Expose-Headers</code>, <code>Vary</code>. The operations list the others.</p>
<dl>
<dt id="header-etag">ETag</dt>
<dd>Strong validator of the response (RFC 9110 §8.8.3). For example <code>&quot;wx3T5QJ_VuFT--agyC8vpA&quot;</code></dd>
<dt id="header-currentetag">CurrentETag</dt>
<dd>Strong validator of the current user. For example <code>&quot;wx3T5QJ_VuFT--agyC8vpA&quot;</code></dd>
<dt id="header-last-modified">Last-Modified</dt>
<dd>Time of the last change, to the second. Reads within that second do not have it. For example <code>Sun, 22 Nov 2026 12:00:00 GMT</code></dd>
<dt id="header-cache-control">Cache-Control</dt>
<dd>Directives for clients and proxies (RFC 9111 §5.2). For example <code>public, max-age=0</code></dd>
<dt id="header-cache-status">Cache-Status</dt>
<dd>How the cache of the service handled the request (RFC 9211); <code>ttl</code> is in seconds. For example <code>hitrate; hit; ttl=59</code></dd>
<dt id="header-age">Age</dt>
<dd>Age of the stored response, in seconds. Absent if it was loaded for this request. For example <code>0</code></dd>
<dt id="header-accept-ranges">Accept-Ranges</dt>
<dd>Ranges of bytes may be requested.</dd>
<dt id="header-content-range">Content-Range</dt>
<dd>The bytes of the part, and the length of the whole; in a 416 the length alone. For example <code>bytes 0-9/68</code></dd>
<dt id="header-content-length">Content-Length</dt>
<dd>Length of the body, in bytes.</dd>
<dt id="header-content-location">Content-Location</dt>
<dd>Path of the user in the body. For example <code>/api/user/user_001</code></dd>
<dt id="header-location">Location</dt>
<dd>Path of the new user. For example <code>/api/user/dave</code></dd>
<dt id="header-link">Link</dt>
<dd>Links to other pages (RFC 8288); absent on the last page. For example <code>&lt;/api/users?limit=2&amp;after=user_002&gt;; rel=&quot;next&quot;</code></dd>
<dt id="header-allow">Allow</dt>
<dd>The methods of this path. For example <code>GET, HEAD, PUT, DELETE, OPTIONS</code></dd>
<dt id="header-retry-after">Retry-After</dt>
<dd>Seconds after which a retry may succeed. For example <code>1</code></dd>
<dt id="header-www-authenticate">WWW-Authenticate</dt>
<dd>The scheme of the token that is needed. For example <code>Bearer</code></dd>
<dt id="header-accept">Accept</dt>
<dd>The media type that a body must have.</dd>
<dt id="header-accept-encoding">Accept-Encoding</dt>
<dd>The content encoding that a body must have.</dd>
<dt id="header-content-encoding">Content-Encoding</dt>
<dd>Encoding of the body.</dd>
<dt id="header-content-security-policy">Content-Security-Policy</dt>
<dd>The origins from which the page may load anything: none.</dd>
<dt id="header-vary">Vary</dt>
<dd>Request headers on which the response depends.</dd>
<dt id="header-x-request-id">X-Request-Id</dt>
<dd>The id of the request: the one that the client sent, or a new one. The log has it too. For example <code>4bf92f3577b34da6a3ce929d0e0e4736</code></dd>
<dt id="header-traceparent">traceparent</dt>
<dd>The trace that the request belongs to (W3C Trace Context). For example <code>00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01</code></dd>
<dt id="header-x-content-type-options">X-Content-Type-Options</dt>
<dd>Browsers must not guess another media type.</dd>
<dt id="header-access-control-allow-origin">Access-Control-Allow-Origin</dt>
<dd>The origin whose scripts may read the response. Only with <code>CORS_ORIGINS</code>.</dd>
<dt id="header-access-control-expose-headers">Access-Control-Expose-Headers</dt>
<dd>The response headers that these scripts may read.</dd>
<dt id="header-access-control-allow-methods">Access-Control-Allow-Methods</dt>
<dd>The methods that these scripts may send.</dd>
<dt id="header-access-control-allow-headers">Access-Control-Allow-Headers</dt>
<dd>The request headers that these scripts may send.</dd>
<dt id="header-access-control-max-age">Access-Control-Max-Age</dt>
<dd>Seconds for which the answer to a preflight request holds.</dd>
</dl>
</section>
</main>
</div>
</body>
</html>
`
