import { deployment } from './deployment.js'
import type { Manifest } from './manifest.js'
import type { Placement } from './placement.js'
import { roles } from './rbac.js'
import { podDisruptionBudget, service } from './service.js'
import { configMap, serviceAccount, systemNamespace, tlsSecret } from './system.js'
import { webhookConfigurations } from './webhooks.js'

/**
 * All objects of a control plane, in an order in which each finds what it needs: the namespace first; definitions of kinds before
 * what serves them; webhooks last, so that nothing of the installation itself waits for them.
 * @param definitions of the custom resources
 */
export function controlPlaneManifests(placement: Placement, definitions: readonly Manifest[]): readonly Manifest[] {
  const kinds = pluralsOf(definitions)
  return [
    systemNamespace(placement),
    ...definitions,
    serviceAccount(placement),
    ...(placement.tls.data === undefined ? [] : [tlsSecret(placement)]),
    configMap(placement),
    ...roles(placement.namespace, kinds),
    service(placement),
    deployment(placement),
    ...(placement.maxUnavailable === undefined ? [] : [podDisruptionBudget(placement)]),
    ...webhookConfigurations(placement, kinds),
  ]
}

/** The plural names of the kinds that are defined. */
export function pluralsOf(definitions: readonly Manifest[]): readonly string[] {
  return definitions.map(({ spec }) => (spec as { readonly names: { readonly plural: string } }).names.plural)
}
