import { goQuote } from '../go.js'
import type { Violation } from '../kind.js'

/**
 * A place in a resource that violations are reported at. Immutable but for the list that all places of one collection share:
 *
 *     const root = collect('spec')
 *     const at = root.field('to').index(0).field('default')
 *     if (bad) at.field('http').add('must be defined')
 *     return root.violations
 */
export interface Place {
  readonly path: string
  readonly violations: Violation[]
  /** A field, or several: `at.field('conf.http')`. */
  field(name: string): Place
  index(index: number): Place
  /** A key of a map: `tags["kuma.io/service"]`. */
  key(key: string): Place
  /** The place given by a path relative to this one; empty: this one. */
  join(path: string): Place
  add(message: string): void
}

/** Starts collecting at a path; left out: at the resource itself. */
export function collect(path = '', violations: Violation[] = []): Place {
  const at = (next: string) => collect(next, violations)
  const join = (name: string) => (name === '' ? at(path) : path === '' || name.startsWith('[') ? at(path + name) : at(`${path}.${name}`))
  return {
    path,
    violations,
    field: join,
    join,
    index: (index) => at(`${path}[${index}]`),
    key: (key) => at(`${path}[${goQuote(key)}]`),
    add: (message) => void violations.push({ path, message }),
  }
}
