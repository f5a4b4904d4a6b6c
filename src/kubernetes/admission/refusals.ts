import type { Kind, Violation } from '../../core/kind.js'
import type { Refusal } from '../../core/refusal.js'
import { type AdmissionRequest, type AdmissionResponse, denied } from '../admission-review.js'

type Asked = Pick<AdmissionRequest, 'uid' | 'name'>

/** Fields around a spec: the Kubernetes form has them elsewhere, and nothing before their names. */
const aroundSpec = /^(name|mesh|labels|metadata|data|spec|status)($|[.[])/

/** Broken rules, in the words of the REST API; fields are named as the object has them. */
export function invalid(request: Asked, kind: string, violations: readonly Violation[]): AdmissionResponse {
  return denied(request, {
    code: 422,
    reason: 'Invalid',
    message: violations.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    details: {
      name: request.name,
      kind,
      causes: violations.map(({ path, message }) => ({ reason: 'FieldValueInvalid', message, field: path })),
    },
  })
}

/** What the REST API would answer, as the API server understands it. */
export function refusedAs(request: Asked, kind: Kind, { status, title, detail, reason, violations }: Refusal): AdmissionResponse {
  if (violations.length > 0) {
    const inSpec = ({ path, message }: Violation) => ({ path: placeOf(kind, path), message })
    return invalid(request, kind.type, violations.map(inSpec))
  }
  return denied(request, { code: status, message: `${title}: ${reason ?? detail}`, reason: reasons[status] ?? 'BadRequest' })
}

export function forbidden(request: Asked, message: string): AdmissionResponse {
  return denied(request, { code: 403, reason: 'Forbidden', message })
}

/** Older kinds are written without `spec` elsewhere, and so are the paths of their fields. */
function placeOf({ encoding }: Kind, path: string): string {
  if (encoding !== 'proto' || aroundSpec.test(path)) return path
  return path === '' ? 'spec' : `spec.${path}`
}

const reasons: Readonly<Record<number, string>> = { 400: 'BadRequest', 404: 'NotFound', 409: 'Conflict', 500: 'InternalError' }
