/** What is wrong with an input, as data. Bad input never throws: it becomes issues. */

/** How much an issue matters: an `error` refuses the resource, the others let it pass. */
export type IssueLevel = 'error' | 'warning' | 'deprecated'

/** Where in a text something stands. Lines and columns count from 1. */
export interface Position {
  readonly file?: string
  readonly line: number
  readonly column: number
}

export interface Issue {
  readonly level: IssueLevel
  /** Stable and lowercase-dashed, e.g. `unknown-field`: programs may branch on it. */
  readonly code: string
  /** Path of the field below the resource, as Kuma's API writes it: `networking.inbound[0].tags["kuma.io/service"]`. */
  readonly path: string
  /** For people: what was found and what is allowed. */
  readonly message: string
  /** The resource that the issue is about, where it is known. */
  readonly resource?: { readonly type: string; readonly mesh?: string; readonly name: string }
  readonly position?: Position
}

/** Whether any of the issues refuses its resource. */
export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some((issue) => issue.level === 'error')
}
