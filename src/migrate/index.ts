/** Rewrites policies of the source/destination family, and tells what that changes. Pure: it runs in browsers. */
export { type MigrateOptions, type Migration, migrate } from './migrate.js'
