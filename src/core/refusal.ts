import type { Violation } from './kind.js'
import type { ResourceKey } from './resource.js'

/** A resource that is not let in, and why: what the REST API answers. */
export interface Refusal {
  readonly resource: ResourceKey
  /** HTTP status: 400 for what is wrong in itself, 404 for a missing mesh, 500 as the peer answers constraints. */
  readonly status: number
  readonly title: string
  readonly detail: string
  /** What the peer's answer keeps to itself; for people on the command line. */
  readonly reason?: string
  readonly violations: readonly Violation[]
}

/** Body of an error answer of Kuma's REST API. The older names `details` and `causes` say the same again. */
export interface ErrorBody {
  readonly type: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly details: string
  readonly invalid_parameters?: readonly { readonly field: string; readonly reason: string }[]
  readonly causes?: readonly { readonly field: string; readonly message: string }[]
}

/** The refusal in the API's shape. */
export function toErrorBody({ status, title, detail, violations }: Refusal): ErrorBody {
  return {
    type: '/std-errors',
    status,
    title,
    detail,
    ...(violations.length > 0 && {
      invalid_parameters: violations.map(({ path, message }) => ({ field: path, reason: message })),
    }),
    details: detail,
    ...(violations.length > 0 && { causes: violations.map(({ path, message }) => ({ field: path, message })) }),
  }
}

/** Refuses for broken rules. */
export function refuse(resource: ResourceKey, violations: readonly Violation[], title = 'Could not process a resource'): Refusal {
  return { resource, status: 400, title, detail: 'Resource is not valid', violations }
}

/** Refuses what can't be decoded as its kind. */
export function badRequest(resource: ResourceKey, detail: string): Refusal {
  return { resource, status: 400, title: 'Bad Request', detail, violations: [] }
}
