import * as z from 'zod'
import { isSection, mergeValues } from './merge-values.js'

const section = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape).prefault({} as z.input<z.ZodObject<S>>)
const text = (description: string, fallback = '') => z.string().default(fallback).describe(description)
const flag = (description: string, fallback: boolean) => z.boolean().default(fallback).describe(description)
const texts = (description: string, fallback: Record<string, string> = {}) =>
  z.record(z.string(), z.string()).default(fallback).describe(description)
const objects = (description: string) => z.array(z.record(z.string(), z.json())).default([]).describe(description)
const image = (what: string, repository: string) =>
  section({
    registry: text(`Registry of the image of ${what}. Empty: global.image.registry`),
    repository: text(`Repository of the image of ${what}`, repository),
    tag: text(`Tag of the image of ${what}. Empty: global.image.tag`),
  })

/** A name that parts of DNS names can be made of. Source: Kubernetes, RFC 1123 label. */
const label = (description: string, fallback = '') =>
  z
    .string()
    .regex(
      /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$/,
      'expected up to 63 lower case letters, digits and dashes that begin and end with a letter or digit',
    )
    .default(fallback)
    .describe(description)

const resources = (description: string, fallback: Record<string, Record<string, string>>) =>
  z
    .strictObject({ requests: z.record(z.string(), z.string()).optional(), limits: z.record(z.string(), z.string()).optional() })
    .default(fallback)
    .describe(description)

/**
 * What can be chosen about an installation, under the names that the values of Kuma's Helm chart have. The values of this
 * project's chart, their JSON Schema and the flags of `kumactl install control-plane` follow from it.
 */
export const installValues = () =>
  z.strictObject({
    global: section({
      image: section({
        registry: text('Registry of all images; there is none that publishes them: name yours'),
        tag: text('Tag of all images. Empty: the version of this package'),
      }),
      imagePullSecrets: objects('Secrets that the images are pulled with, as a list of { name }'),
    }),
    controlPlane: section({
      mode: z
        .enum(['zone'], { error: 'only "zone" can be installed: this control plane has no global mode' })
        .default('zone')
        .describe('Mode of the control plane'),
      zone: label('Name of the zone. Empty: default'),
      logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'off']).default('info').describe('What is logged'),
      replicas: z.int().min(1).default(1).describe('How many control planes run; one of them leads'),
      resources: resources('Resources of a control plane', {
        requests: { cpu: '500m', memory: '256Mi' },
        limits: { memory: '512Mi' },
      }),
      nodeSelector: texts('Nodes that control planes may run on', { 'kubernetes.io/os': 'linux' }),
      tolerations: objects('Taints of nodes that control planes tolerate'),
      priorityClassName: text('Priority class of control planes'),
      podAnnotations: texts('Further annotations of the pods of the control plane'),
      serviceAccountAnnotations: texts('Annotations of the ServiceAccount'),
      terminationGracePeriodSeconds: z.int().min(0).default(30).describe('How long a control plane may take to stop, in seconds'),
      envVars: texts('Further settings of kuma-cp, as environment variables'),
      config: text('Settings of kuma-cp as YAML; environment variables go before them'),
      image: section({
        ...image('the control plane', 'kuma-cp').unwrap().shape,
        pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent').describe('When the image is pulled'),
      }),
      service: section({
        name: label('Name of the Service. Empty: kuma-control-plane'),
        type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP').describe('Type of the Service'),
        annotations: texts('Annotations of the Service', { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '5680' }),
      }),
      defaults: section({ skipMeshCreation: flag('Whether the mesh "default" is left out', false) }),
      injectorFailurePolicy: z
        .enum(['Fail', 'Ignore'])
        .default('Fail')
        .describe('What becomes of pods while no control plane answers: Fail holds them back, Ignore starts them without a sidecar'),
      tls: section({
        general: section({
          secretName: text('Secret with tls.crt, tls.key and ca.crt for everything in the cluster. Empty: one is made'),
          caBundle: text('The CA behind the certificate, PEM in Base64; needed with secretName'),
        }),
        apiServer: section({
          secretName: text('Secret with tls.crt and tls.key for the API over HTTPS. Empty: as tls.general'),
          clientCertsSecretName: text("Secret with the administrators' client certificates, PEM"),
        }),
      }),
      podDisruptionBudget: section({
        enabled: flag('Whether evictions keep control planes running', false),
        maxUnavailable: z.int().min(0).default(1).describe('How many control planes may be evicted at a time'),
      }),
    }),
    dataPlane: section({
      image: image('sidecars', 'kuma-dp'),
      initImage: image('the init containers that redirect traffic', 'kuma-init'),
    }),
  })

export type InstallValues = z.infer<ReturnType<typeof installValues>>

/** What is wrong with values, one sentence a value: its path, what was found and what is allowed. */
export type ValuesFault = { readonly path: string; readonly message: string }

/** Fills in what is not given. Maps are added to those of the defaults; as with Helm, `null` takes an entry away. */
export function readInstallValues(
  given: unknown,
):
  | { readonly values: InstallValues; readonly faults?: undefined }
  | { readonly values?: undefined; readonly faults: readonly ValuesFault[] } {
  const all = isSection(given) ? mergeValues(installValues().parse({}), given) : given
  const result = installValues().safeParse(all)
  if (result.success) return { values: result.data }
  return { faults: result.error.issues.flatMap((issue) => faultsOf(issue, all)) }
}

function faultsOf(issue: z.core.$ZodIssue, given: unknown): ValuesFault[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'there is no such value' }))
  const found = path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], given)
  return [{ path: path.join('.'), message: `${JSON.stringify(found)} is not allowed: ${issue.message}` }]
}
