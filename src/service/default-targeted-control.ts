/** Default lifetimes of stored users: fresh for a minute, served stale while the database is unavailable. */
export const DEFAULT_TARGETED_CONTROL = 'max-age=60, stale-while-revalidate=300, stale-if-error=86400'
