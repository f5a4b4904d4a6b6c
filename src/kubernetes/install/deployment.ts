import { type Json, type Manifest, configFileName, configMapName, controlPlaneLabels, controlPlaneName } from './manifest.js'
import { type Placement, folders, ports } from './placement.js'
import { present } from './present.js'

/** The control planes. */
export function deployment(placement: Placement): Manifest {
  const { namespace, replicas, podAnnotations, nodeSelector, tolerations, priorityClassName, terminationGracePeriodSeconds } = placement
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: controlPlaneName, namespace, labels: controlPlaneLabels },
    spec: {
      replicas,
      // A new one is ready before an old one goes: proxies and webhooks always find one.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: controlPlaneLabels },
      template: {
        metadata: { labels: controlPlaneLabels, annotations: podAnnotations },
        spec: {
          serviceAccountName: controlPlaneName,
          automountServiceAccountToken: true,
          terminationGracePeriodSeconds,
          ...present({ nodeSelector, tolerations, priorityClassName }),
          affinity: apart,
          // The user of the image, by number: "runAsNonRoot" can't be checked for a name.
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 5678,
            runAsGroup: 5678,
            fsGroup: 5678,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container(placement)],
          volumes: mounts(placement).map(({ name, volume }) => ({ name, ...volume })),
        },
      },
    },
  }
}

/** Control planes on one node would be lost together. */
const apart = {
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 100, podAffinityTerm: { labelSelector: { matchLabels: controlPlaneLabels }, topologyKey: 'kubernetes.io/hostname' } },
    ],
  },
}

function container(placement: Placement): { readonly [field: string]: unknown } {
  const { image, imagePullPolicy, logLevel, resources } = placement
  const probe = (path: string) => ({ httpGet: { path, port: ports.diagnostics }, timeoutSeconds: 10 })
  return {
    name: 'control-plane',
    image,
    imagePullPolicy,
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    args: ['run', '--log-level', logLevel, '--config-file', `${folders.config}/${configFileName}`],
    env: environment(placement),
    ports: [
      { name: 'diagnostics', containerPort: ports.diagnostics },
      { name: 'api', containerPort: ports.api },
      { name: 'api-tls', containerPort: ports.apiTls },
      { name: 'admission', containerPort: ports.admission },
      { name: 'assignments', containerPort: ports.assignments },
      { name: 'proxies', containerPort: ports.proxies },
    ],
    // Reading all resources of a large cluster takes its time; a control plane that starts is not to be ended for it.
    startupProbe: { ...probe('/healthy'), periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: probe('/healthy'),
    readinessProbe: probe('/ready'),
    ...present({ resources }),
    volumeMounts: mounts(placement).map(({ name, mountPath, readOnly }) => ({ name, mountPath, ...(readOnly && { readOnly }) })),
  }
}

/** Further settings come last and replace others of the same name. */
function environment({ settings, furtherSettings }: Pick<Placement, 'settings' | 'furtherSettings'>): readonly Json[] {
  return Object.entries({ ...settings, ...furtherSettings }).map(([name, value]) => ({ name, value }))
}

interface Mount {
  readonly name: string
  readonly mountPath: string
  readonly readOnly: boolean
  readonly volume: { readonly [kind: string]: Json }
}

/** Whole folders, no single files: Kubernetes renews files of secrets in whole folders alone. */
function mounts({ tls }: Pick<Placement, 'tls'>): readonly Mount[] {
  const secret = (name: string, mountPath: string, secretName: Json): Mount => ({
    name,
    mountPath,
    readOnly: true,
    volume: { secret: { secretName } },
  })
  const scratch = (name: string, mountPath: string): Mount => ({ name, mountPath, readOnly: false, volume: { emptyDir: {} } })
  return [
    secret('tls-cert', folders.tls, tls.secretName),
    { name: 'config', mountPath: folders.config, readOnly: true, volume: { configMap: { name: configMapName } } },
    ...(tls.apiServerSecretName === undefined ? [] : [secret('api-server-tls-cert', folders.apiServerTls, tls.apiServerSecretName)]),
    ...(tls.clientCertsSecretName === undefined ? [] : [secret('api-server-client-certs', folders.clientCerts, tls.clientCertsSecretName)]),
    scratch('work', folders.work),
    scratch('tmp', '/tmp'),
  ]
}
