import type { FastifyRequest } from 'fastify'
import type { Kind, Registry } from '../../core/kind.js'
import { toKubernetes, toUniversal } from '../../core/print.js'
import type { Resource } from '../../core/resource.js'
import { invalid } from './errors.js'
import { param } from './query.js'

/** Where Kuma keeps what has no namespace of its own, when it is shown as on Kubernetes. */
const SYSTEM_NAMESPACE = 'kuma-system'

/** A resource as the API shows it. */
export function universalView(registry: Registry, kind: Kind, resource: Resource): Record<string, unknown> {
  const view = toUniversal(resource, registry)
  return kind.hasStatus === true ? { ...view, status: resource.status ?? {} } : view
}

/** The spec alone, as part of an overview. */
export function specView(registry: Registry, { type, spec }: Resource): Record<string, unknown> {
  const { type: _type, name: _name, kri: _kri, ...view } = toUniversal({ type, name: '', labels: {}, spec }, registry)
  return view
}

/** A resource in the form that `format` asks for. @throws ApiError 400 for another one */
export function viewAsAsked(request: FastifyRequest, registry: Registry, kind: Kind, resource: Resource): Record<string, unknown> {
  const format = param(request, 'format')
  if (format === '' || format === 'universal') return universalView(registry, kind, resource)
  if (format !== 'k8s' && format !== 'kubernetes') {
    const message = '"format" must be one of ["k8s", "kubernetes", "universal"]'
    throw invalid('Could not retrieve a resource', [{ path: 'format', message }])
  }
  const view = toKubernetes(resource, registry)
  if (kind.encoding === 'proto' && view['kind'] !== 'Secret') return view
  const metadata = { ...(view['metadata'] as object), namespace: param(request, 'namespace') || SYSTEM_NAMESPACE }
  return { ...view, metadata }
}
