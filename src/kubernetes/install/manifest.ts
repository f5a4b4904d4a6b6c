/** A Kubernetes object as it is applied: plain JSON. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Json
  }
  readonly [field: string]: unknown
}

/** What may stand at a place of a manifest: a value, or what a template of it puts there. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json | undefined }

/** What all parts of an installation are called. */
export const product = 'kuma'

/** Labels of everything that belongs to the control plane; its Service selects its pods by them. */
export const controlPlaneLabels = {
  app: `${product}-control-plane`,
  'app.kubernetes.io/name': product,
  'app.kubernetes.io/instance': product,
} as const

/** Name of the control plane's ServiceAccount, Deployment, roles and their bindings. */
export const controlPlaneName = `${product}-control-plane`

/** Name of the ConfigMap with the control plane's settings, and its file. */
export const configMapName = `${controlPlaneName}-config`
export const configFileName = 'config.yaml'

/** Name of the Secret with the certificate of the control plane's servers, where none is given. */
export const tlsSecretName = `${product}-tls-cert`
