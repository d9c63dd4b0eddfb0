/** The requests whose answers are the examples of the document, in the order in which they are sent. */

export interface SentRequest {
  /** Name of the example. */
  name: string
  summary: string
  /** Path of the operation, as in the document. */
  pattern: string
  method: string
  /** Path and query. */
  path: string
  /** Values may have `$API_TOKEN`, `$ADMIN_TOKEN` and `$ETAG`, the ETag of the answer before. */
  headers?: Record<string, string>
  body?: string
  /** A part of the service that fails during the request. */
  fails?: 'database'
}

const USER = { pattern: '/api/user/{id}', path: '/api/user/user_001' }
const USERS = { pattern: '/api/users', method: 'GET' }
const JSON_TYPE = { 'Content-Type': 'application/json' }
const WRITE = { Authorization: 'Bearer $API_TOKEN', ...JSON_TYPE }
const ADMIN = { Authorization: 'Bearer $ADMIN_TOKEN', ...JSON_TYPE }

export const requests: readonly SentRequest[] = [
  { name: 'user', summary: 'A user', ...USER, method: 'GET' },
  {
    name: 'notModified',
    summary: 'The client has the current response',
    ...USER,
    method: 'GET',
    headers: { 'If-None-Match': '$ETAG' },
  },
  {
    name: 'part',
    summary: 'A range of bytes',
    ...USER,
    method: 'GET',
    headers: { Range: 'bytes=0-9' },
  },
  {
    name: 'outOfRange',
    summary: 'A range that the body does not have',
    ...USER,
    method: 'GET',
    headers: { Range: 'bytes=900-' },
  },
  { name: 'unknown', summary: 'No such user', ...USER, path: '/api/user/nobody', method: 'GET' },
  { name: 'malformedId', summary: 'A malformed id', ...USER, path: '/api/user/not%20valid', method: 'GET' },
  {
    name: 'notStored',
    summary: 'Nothing is stored',
    ...USER,
    path: '/api/user/user_003',
    method: 'GET',
    headers: { 'Cache-Control': 'only-if-cached' },
  },
  {
    name: 'databaseAway',
    summary: 'The database is unavailable',
    ...USER,
    path: '/api/user/user_002',
    method: 'GET',
    fails: 'database',
  },
  { name: 'page', summary: 'A page', ...USERS, path: '/api/users?limit=2' },
  { name: 'lastPage', summary: 'The last page', ...USERS, path: '/api/users?limit=2&after=user_002' },
  { name: 'byIds', summary: 'Users by their ids', ...USERS, path: '/api/users?ids=user_001,nobody,user_003' },
  { name: 'limitOutOfRange', summary: 'A limit out of range', ...USERS, path: '/api/users?limit=0' },
  {
    name: 'purgedUrl',
    summary: 'A URL and a tag',
    pattern: '/admin/purge',
    path: '/admin/purge',
    method: 'POST',
    headers: ADMIN,
    body: '{"urls":["/api/user/user_001"],"tags":["users"]}',
  },
  {
    name: 'created',
    summary: 'A new user',
    pattern: '/api/user',
    path: '/api/user',
    method: 'POST',
    headers: WRITE,
    body: '{"id":"dave","name":"Dave Grohl","email":"dave@example.com"}',
  },
  {
    name: 'taken',
    summary: 'The id is taken',
    pattern: '/api/user',
    path: '/api/user',
    method: 'POST',
    headers: WRITE,
    body: '{"id":"user_002","name":"Bob","email":"bob@example.com"}',
  },
  {
    name: 'invalidFields',
    summary: 'Fields that are not valid',
    pattern: '/api/user',
    path: '/api/user',
    method: 'POST',
    headers: WRITE,
    body: '{"id":"erin","name":"","email":"erin"}',
  },
  {
    name: 'noToken',
    summary: 'Without the token',
    pattern: '/api/user',
    path: '/api/user',
    method: 'POST',
    headers: JSON_TYPE,
    body: '{"id":"erin","name":"Erin","email":"erin@example.com"}',
  },
  {
    name: 'wrongType',
    summary: 'A body that is not JSON',
    pattern: '/api/user',
    path: '/api/user',
    method: 'POST',
    headers: { ...WRITE, 'Content-Type': 'text/csv' },
    body: 'erin,Erin,erin@example.com',
  },
  {
    name: 'replaced',
    summary: 'The user as it is stored now',
    ...USER,
    method: 'PUT',
    headers: WRITE,
    body: '{"name":"Alice Cooper","email":"alice@example.com"}',
  },
  {
    name: 'changedSince',
    summary: 'The user has changed since the client read it',
    ...USER,
    method: 'PUT',
    headers: { ...WRITE, 'If-Match': '"wx3T5QJ_VuFT--agyC8vpA"' },
    body: '{"name":"Alice Smith","email":"alice@example.com"}',
  },
  {
    name: 'replaceUnknown',
    summary: 'No such user',
    ...USER,
    path: '/api/user/nobody',
    method: 'PUT',
    headers: WRITE,
    body: '{"name":"Nemo","email":"nemo@example.com"}',
  },
  {
    name: 'removed',
    summary: 'A user is removed',
    ...USER,
    path: '/api/user/dave',
    method: 'DELETE',
    headers: { Authorization: WRITE.Authorization },
  },
  { name: 'alive', summary: 'The process is alive', pattern: '/health', path: '/health', method: 'GET' },
  {
    name: 'ready',
    summary: 'The service is ready',
    pattern: '/health/ready',
    path: '/health/ready',
    method: 'GET',
  },
  {
    name: 'unready',
    summary: 'The database is unavailable',
    pattern: '/health/ready',
    path: '/health/ready',
    method: 'GET',
    fails: 'database',
  },
  {
    name: 'purgedAll',
    summary: 'Everything',
    pattern: '/admin/purge',
    path: '/admin/purge',
    method: 'POST',
    headers: ADMIN,
    body: '{"all":true}',
  },
]
