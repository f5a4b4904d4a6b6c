import { names, switchOf } from '../annotations.js'
import type { Namespace, Service } from '../objects.js'

/** Makes ingress controllers dial the Service, which sidecars know, and not its Pods. */
const upstream = {
  'ingress.kubernetes.io/service-upstream': 'true',
  'nginx.ingress.kubernetes.io/service-upstream': 'true',
} as const

/** Annotations that a Service in a namespace with sidecars lacks. @throws AnnotationFault */
export function missingUpstreamAnnotations({ metadata, spec }: Service, namespace: Namespace): Readonly<Record<string, string>> {
  const { annotations } = metadata ?? {}
  const concerned =
    switchOf(namespace.metadata?.labels, names.sidecarInjection) &&
    annotations?.[names.gateway] !== 'builtin' &&
    spec?.type !== 'ExternalName' &&
    !switchOf(annotations, names.ignore)
  return concerned ? Object.fromEntries(Object.entries(upstream).filter(([name, value]) => annotations?.[name] !== value)) : {}
}
