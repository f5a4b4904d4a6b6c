import { names } from '../annotations.js'
import type { Namespace, Pod } from '../objects.js'

const replaced: Readonly<Record<string, string>> = {
  'kuma.io/builtindns': `is ignored, use ${names.builtinDns} instead`,
  'kuma.io/builtindnsport': `is ignored, use ${names.builtinDnsPort} instead`,
  [names.virtualProbes]: 'will go, application probes are led through the sidecar without it',
  [names.virtualProbesPort]: `is replaced by ${names.probeProxyPort}`,
  [names.prometheusPort]: 'is deprecated, use a MeshMetric policy instead',
  [names.prometheusPath]: 'is deprecated, use a MeshMetric policy instead',
  [names.mesh]: 'is the older spelling, use the label of this name instead',
}

/** What the author of a Pod should know of its annotations, and of its init containers. */
export function injectionWarnings(pod: Pod, namespace: Namespace, sidecarUid: number): readonly string[] {
  const annotations = pod.metadata?.annotations ?? {}
  const warnings = Object.keys(annotations).flatMap((name) => {
    const why = Object.hasOwn(replaced, name) ? replaced[name] : undefined
    if (why !== undefined) return [`annotation ${name} ${why}`]
    if (name.startsWith('prometheus.metrics.kuma.io/aggregate-'))
      return [`annotation ${name} is deprecated, use a MeshMetric policy instead`]
    return []
  })
  if (annotations[names.sidecarInjection] !== undefined) {
    warnings.push(`annotation ${names.sidecarInjection} can only turn injection off, use the label of this name instead`)
  }
  if (namespace.metadata?.annotations?.[names.mesh] !== undefined) {
    warnings.push(`annotation ${names.mesh} of the namespace is the older spelling, use the label of this name instead`)
  }
  for (const { name, securityContext } of pod.spec?.initContainers ?? []) {
    if (securityContext?.runAsUser === sidecarUid)
      warnings.push(`init container ${name} runs as the sidecar's user: its traffic goes past the mesh`)
  }
  return warnings
}
