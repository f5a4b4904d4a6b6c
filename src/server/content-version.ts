import { createHash } from 'node:crypto'

/** The version of several resources of a type together: equal content, equal version. */
export function contentVersion(resources: Iterable<{ readonly version: string }>): string {
  const hash = createHash('sha256')
  for (const { version } of resources) hash.update(version)
  return hash.digest('hex').slice(0, 32)
}
