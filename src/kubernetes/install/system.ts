import { type Manifest, configFileName, configMapName, controlPlaneLabels, controlPlaneName } from './manifest.js'
import type { Placement } from './placement.js'
import { present } from './present.js'

/** The namespace of the control plane: nothing in it gets a sidecar unless it asks for one itself. */
export function systemNamespace({ namespace }: Pick<Placement, 'namespace'>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { 'kuma.io/system-namespace': 'true', 'kuma.io/sidecar-injection': 'false' } },
  }
}

export function serviceAccount({
  namespace,
  serviceAccountAnnotations,
  imagePullSecrets,
}: Pick<Placement, 'namespace' | 'serviceAccountAnnotations' | 'imagePullSecrets'>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: controlPlaneName, namespace, labels: controlPlaneLabels, ...present({ annotations: serviceAccountAnnotations }) },
    ...present({ imagePullSecrets }),
  }
}

/** The settings of kuma-cp that are given as a file. */
export function configMap({ namespace, config }: Pick<Placement, 'namespace' | 'config'>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: configMapName, namespace, labels: controlPlaneLabels },
    data: { [configFileName]: config },
  }
}

/** The certificate of the control plane's servers, where none is given. */
export function tlsSecret({ namespace, tls }: Pick<Placement, 'namespace' | 'tls'>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: String(tls.secretName), namespace, labels: controlPlaneLabels },
    type: 'kubernetes.io/tls',
    data: tls.data,
  }
}
