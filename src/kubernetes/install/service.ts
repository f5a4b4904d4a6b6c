import { type Manifest, controlPlaneLabels, controlPlaneName } from './manifest.js'
import { type Placement, ports } from './placement.js'
import { present } from './present.js'

/** Where proxies, the API server and people reach the control plane. */
export function service({
  namespace,
  serviceName,
  serviceType,
  serviceAnnotations,
}: Pick<Placement, 'namespace' | 'serviceName' | 'serviceType' | 'serviceAnnotations'>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: serviceName, namespace, labels: controlPlaneLabels, ...present({ annotations: serviceAnnotations }) },
    spec: {
      type: serviceType,
      ports: [
        { name: 'diagnostics', port: ports.diagnostics, appProtocol: 'http' },
        { name: 'http-api-server', port: ports.api, appProtocol: 'http' },
        { name: 'https-api-server', port: ports.apiTls, appProtocol: 'https' },
        // The API server calls webhooks on 443 unless it is told otherwise, and firewalls count on that.
        { name: 'https-admission-server', port: 443, targetPort: ports.admission, appProtocol: 'https' },
        { name: 'mads-server', port: ports.assignments, appProtocol: 'https' },
        { name: 'dp-server', port: ports.proxies, appProtocol: 'https' },
      ],
      selector: controlPlaneLabels,
    },
  }
}

/** How many control planes evictions may take at a time. */
export function podDisruptionBudget({ namespace, maxUnavailable }: Pick<Placement, 'namespace' | 'maxUnavailable'>): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: controlPlaneName, namespace, labels: controlPlaneLabels },
    spec: { maxUnavailable, selector: { matchLabels: controlPlaneLabels } },
  }
}
