import { base64 } from '../../translate/base64.js'
import { type Json, controlPlaneName, tlsSecretName } from './manifest.js'
import type { InstallValues } from './values.js'

/**
 * What manifests are made of: everything decided and named. A field of type {@link Json} is put where it belongs and not looked
 * at, so that a template can stand for it.
 */
export interface Placement {
  readonly namespace: string
  readonly serviceName: string
  readonly serviceType: Json
  readonly serviceAnnotations: Json
  readonly serviceAccountAnnotations: Json
  readonly imagePullSecrets: Json
  readonly replicas: Json
  readonly image: Json
  readonly imagePullPolicy: Json
  readonly resources: Json
  readonly nodeSelector: Json
  readonly tolerations: Json
  readonly priorityClassName: Json
  readonly podAnnotations: Json
  readonly terminationGracePeriodSeconds: Json
  readonly logLevel: Json
  /** Of kuma-cp, by the names of its environment variables. */
  readonly settings: Readonly<Record<string, Json>>
  /** Settings that are given as they are; they replace those above. */
  readonly furtherSettings: Readonly<Record<string, Json>>
  /** Text of the configuration file. */
  readonly config: Json
  readonly injectorFailurePolicy: Json
  readonly tls: {
    readonly secretName: Json
    /** PEM in Base64. */
    readonly caBundle: Json
    /** What the Secret holds, in Base64; absent: there is one already. */
    readonly data?: Json
    /** Absent: that of the whole control plane. */
    readonly apiServerSecretName?: Json
    readonly clientCertsSecretName?: Json
  }
  /** Absent: evictions may take all control planes at once. */
  readonly maxUnavailable?: Json
}

/** Where files are in the container. */
export const folders = {
  tls: '/var/run/secrets/kuma.io/tls-cert',
  apiServerTls: '/var/run/secrets/kuma.io/api-server-tls-cert',
  clientCerts: '/var/run/secrets/kuma.io/api-server-client-certs',
  config: '/etc/kuma.io/kuma-control-plane',
  work: '/var/lib/kuma',
} as const

export const ports = {
  diagnostics: 5680,
  api: 5681,
  apiTls: 5682,
  admission: 5443,
  assignments: 5676,
  proxies: 5678,
} as const

/** What a placement is made of besides values. */
export interface PlacementMaterial {
  readonly namespace: string
  /** The version of this package, which images have by default. */
  readonly version: string
  /** PEM. */
  readonly tls: { readonly authority: string; readonly pair?: { readonly certificate: string; readonly privateKey: string } }
  /** Change when the configuration or the certificate does, so that control planes are started anew. */
  readonly checksums: { readonly config: string; readonly tls: string }
}

/** Decides what the values leave open. */
export function place(values: InstallValues, { namespace, version, tls, checksums }: PlacementMaterial): Placement {
  const { global, controlPlane: cp, dataPlane } = values
  const imageName = ({ registry, repository, tag }: { registry: string; repository: string; tag: string }) => {
    const from = registry || global.image.registry
    return `${from ? `${from.replace(/\/+$/, '')}/` : ''}${repository}:${tag || global.image.tag || version}`
  }
  const serviceName = cp.service.name || controlPlaneName
  const { pair } = tls
  return {
    namespace,
    serviceName,
    serviceType: cp.service.type,
    serviceAnnotations: cp.service.annotations,
    serviceAccountAnnotations: cp.serviceAccountAnnotations,
    imagePullSecrets: global.imagePullSecrets as Json,
    replicas: cp.replicas,
    image: imageName(cp.image),
    imagePullPolicy: cp.image.pullPolicy,
    resources: cp.resources as Json,
    nodeSelector: cp.nodeSelector,
    tolerations: cp.tolerations as Json,
    priorityClassName: cp.priorityClassName,
    podAnnotations: { 'checksum/config': checksums.config, 'checksum/tls': checksums.tls, ...cp.podAnnotations },
    terminationGracePeriodSeconds: cp.terminationGracePeriodSeconds,
    logLevel: cp.logLevel,
    settings: settingsOf({
      namespace,
      serviceName,
      mode: cp.mode,
      zone: cp.zone || 'default',
      skipMeshCreation: String(cp.defaults.skipMeshCreation),
      sidecarImage: imageName(dataPlane.image),
      initImage: imageName(dataPlane.initImage),
    }),
    furtherSettings: {
      ...(cp.tls.apiServer.secretName && apiServerTlsSettings),
      ...(cp.tls.apiServer.clientCertsSecretName && clientCertsSettings),
      ...cp.envVars,
    },
    config: cp.config,
    injectorFailurePolicy: cp.injectorFailurePolicy,
    tls: {
      secretName: cp.tls.general.secretName || tlsSecretName,
      caBundle: base64Of(tls.authority),
      ...(pair && {
        data: { 'tls.crt': base64Of(pair.certificate), 'tls.key': base64Of(pair.privateKey), 'ca.crt': base64Of(tls.authority) },
      }),
      ...(cp.tls.apiServer.secretName && { apiServerSecretName: cp.tls.apiServer.secretName }),
      ...(cp.tls.apiServer.clientCertsSecretName && { clientCertsSecretName: cp.tls.apiServer.clientCertsSecretName }),
    },
    ...(cp.podDisruptionBudget.enabled && { maxUnavailable: cp.podDisruptionBudget.maxUnavailable }),
  }
}

export const apiServerTlsSettings = {
  KUMA_API_SERVER_HTTPS_TLS_CERT_FILE: `${folders.apiServerTls}/tls.crt`,
  KUMA_API_SERVER_HTTPS_TLS_KEY_FILE: `${folders.apiServerTls}/tls.key`,
} as const

export const clientCertsSettings = { KUMA_API_SERVER_AUTH_CLIENT_CERTS_DIR: folders.clientCerts } as const

const base64Of = (text: string) => base64(new TextEncoder().encode(text))

/** Any address of the pod: who may come in is said by tokens and certificates. */
const everywhere = '0.0.0.0'

/** The settings of a kuma-cp in a cluster. */
export function settingsOf(
  chosen: Readonly<Record<'namespace' | 'serviceName' | 'mode' | 'zone' | 'skipMeshCreation' | 'sidecarImage' | 'initImage', string>>,
): Readonly<Record<string, string>> {
  return {
    KUMA_ENVIRONMENT: 'kubernetes',
    KUMA_MODE: chosen.mode,
    KUMA_MULTIZONE_ZONE_NAME: chosen.zone,
    KUMA_STORE_TYPE: 'kubernetes',
    KUMA_STORE_KUBERNETES_SYSTEM_NAMESPACE: chosen.namespace,
    KUMA_DEFAULTS_SKIP_MESH_CREATION: chosen.skipMeshCreation,
    KUMA_GENERAL_WORK_DIR: folders.work,
    KUMA_GENERAL_TLS_CERT_FILE: `${folders.tls}/tls.crt`,
    KUMA_GENERAL_TLS_KEY_FILE: `${folders.tls}/tls.key`,
    KUMA_API_SERVER_READ_ONLY: 'true',
    KUMA_API_SERVER_HTTP_INTERFACE: everywhere,
    KUMA_API_SERVER_HTTPS_INTERFACE: everywhere,
    KUMA_DP_SERVER_INTERFACE: everywhere,
    KUMA_DP_SERVER_HDS_ENABLED: 'false',
    KUMA_MONITORING_ASSIGNMENT_SERVER_INTERFACE: everywhere,
    KUMA_DIAGNOSTICS_INTERFACE: everywhere,
    KUMA_RUNTIME_KUBERNETES_ADMISSION_SERVER_ADDRESS: everywhere,
    KUMA_RUNTIME_KUBERNETES_ADMISSION_SERVER_PORT: String(ports.admission),
    KUMA_RUNTIME_KUBERNETES_ADMISSION_SERVER_CERT_DIR: folders.tls,
    KUMA_RUNTIME_KUBERNETES_ALLOWED_USERS: `system:serviceaccount:${chosen.namespace}:${controlPlaneName}`,
    KUMA_RUNTIME_KUBERNETES_CONTROL_PLANE_SERVICE_NAME: chosen.serviceName,
    KUMA_RUNTIME_KUBERNETES_INJECTOR_CA_CERT_FILE: `${folders.tls}/ca.crt`,
    KUMA_RUNTIME_KUBERNETES_INJECTOR_SIDECAR_CONTAINER_IMAGE: chosen.sidecarImage,
    KUMA_INJECTOR_INIT_CONTAINER_IMAGE: chosen.initImage,
  }
}
