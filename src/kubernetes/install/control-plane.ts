import { deployment } from './deployment.js'
import type { CustomResourceDefinition } from '../crd/custom-resource-definition.js'
import type { Manifest } from './manifest.js'
import type { Placement } from './placement.js'
import { roles } from './rbac.js'
import { podDisruptionBudget, service } from './service.js'
import { configMap, serviceAccount, systemNamespace, tlsSecret } from './system.js'
import { webhookConfigurations } from './webhooks.js'

/** An object of an installation. */
export type Installed = Manifest | CustomResourceDefinition

/**
 * All objects of a control plane, in an order in which each finds what it needs: the namespace first; definitions of kinds before
 * what serves them; webhooks last, so that nothing of the installation itself waits for them.
 * @param definitions of the custom resources
 */
export function controlPlaneManifests(placement: Placement, definitions: readonly CustomResourceDefinition[]): readonly Installed[] {
  const kinds = definitions.map(({ spec }) => spec.names.plural)
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
