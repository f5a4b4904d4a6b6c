import { type Json, type Manifest, controlPlaneLabels, controlPlaneName, product } from './manifest.js'
import type { Placement } from './placement.js'

/** Where the admission server answers. Source: Kuma's paths. */
export const admissionPaths = {
  defaulting: '/default-kuma-io-v1alpha1-mesh',
  validation: '/validate-kuma-io-v1alpha1',
  secrets: '/validate-v1-secret',
  pods: '/validate-v1-pod',
  injection: '/inject-sidecar',
} as const

/** Kinds that the control plane alone writes, and often: nobody is asked about them. */
const unasked = /insights$/

type Placed = Pick<Placement, 'namespace' | 'serviceName' | 'tls' | 'injectorFailurePolicy'>

interface Webhook {
  readonly name: string
  readonly path: string
  readonly failurePolicy: Json
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly apiVersions: readonly string[]
    readonly operations: readonly string[]
    readonly resources: readonly string[]
  }[]
  readonly namespaceSelector?: Json
  readonly objectSelector?: Json
  readonly matchConditions?: Json
}

/** Who is asked before Kuma's resources, secrets and pods are let into the cluster. @param kinds plural names of the custom resources */
export function webhookConfigurations(placed: Placed, kinds: readonly string[]): readonly Manifest[] {
  const asked = kinds.filter((kind) => !unasked.test(kind))
  const notOwn = notTheControlPlane(placed)
  return [
    configuration('Mutating', `${product}-admission-mutating-webhook-configuration`, placed, [
      {
        name: 'mesh.defaulter.kuma-admission.kuma.io',
        path: admissionPaths.defaulting,
        failurePolicy: 'Fail',
        rules: [{ apiGroups: ['kuma.io'], apiVersions: ['v1alpha1'], operations: ['CREATE', 'UPDATE'], resources: asked }],
        matchConditions: notOwn,
      },
      ...injectors(placed),
    ]),
    configuration('Validating', `${product}-validating-webhook-configuration`, placed, [
      {
        name: 'validator.kuma-admission.kuma.io',
        path: admissionPaths.validation,
        failurePolicy: 'Fail',
        rules: [{ apiGroups: ['kuma.io'], apiVersions: ['v1alpha1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: asked }],
        matchConditions: notOwn,
      },
      {
        name: 'secret.validator.kuma-admission.kuma.io',
        path: admissionPaths.secrets,
        // Its certificate is such a secret: without this, none could be given to a control plane that has lost it.
        failurePolicy: 'Ignore',
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['secrets'] }],
        namespaceSelector: { matchExpressions: [within(placed.namespace)] },
        matchConditions: notOwn,
      },
      {
        name: 'pod.validator.kuma-admission.kuma.io',
        path: admissionPaths.pods,
        failurePolicy: placed.injectorFailurePolicy,
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] }],
        namespaceSelector: { matchExpressions: [{ key: injection, operator: 'Exists' }, outside(placed.namespace)] },
      },
    ]),
  ]
}

const injection = 'kuma.io/sidecar-injection'
const nameOfNamespace = 'kubernetes.io/metadata.name'
const within = (namespace: string): Json => ({ key: nameOfNamespace, operator: 'In', values: [namespace] })
/** What the control plane and the cluster itself start with is not to wait for the control plane. */
const outside = (namespace: string): Json => ({ key: nameOfNamespace, operator: 'NotIn', values: ['kube-system', namespace] })

/** Pods get a sidecar where their namespace says so, where they say so themselves, and where they are zone proxies of a mesh. */
function injectors({ namespace, injectorFailurePolicy }: Placed): readonly Webhook[] {
  const injector = (name: string, namespaceSelector: Json, objectSelector?: Json): Webhook => ({
    name: `${name}-kuma-injector.kuma.io`,
    path: admissionPaths.injection,
    failurePolicy: injectorFailurePolicy,
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    namespaceSelector,
    ...(objectSelector !== undefined && { objectSelector }),
  })
  return [
    injector('namespace', {
      matchExpressions: [{ key: injection, operator: 'In', values: ['enabled', 'true'] }, outside(namespace)],
    }),
    injector(
      'pods',
      { matchExpressions: [{ key: injection, operator: 'Exists' }, outside(namespace)] },
      { matchExpressions: [{ key: injection, operator: 'In', values: ['enabled', 'true'] }] },
    ),
    injector(
      'mesh-zoneproxy',
      { matchExpressions: [within(namespace)] },
      {
        matchExpressions: [
          { key: injection, operator: 'In', values: ['enabled'] },
          { key: 'kuma.io/mesh', operator: 'Exists' },
          { key: 'k8s.kuma.io/zone-proxy-type', operator: 'Exists' },
        ],
      },
    ),
  ]
}

/** The control plane checks what it writes itself, and is not to wait for itself while it starts. */
function notTheControlPlane({ namespace }: Pick<Placed, 'namespace'>): Json {
  const user = `system:serviceaccount:${namespace}:${controlPlaneName}`
  return [{ name: 'not-the-control-plane', expression: `request.userInfo.username != '${user}'` }]
}

function configuration(sort: 'Mutating' | 'Validating', name: string, placed: Placed, webhooks: readonly Webhook[]): Manifest {
  const { namespace, serviceName, tls } = placed
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${sort}WebhookConfiguration`,
    metadata: { name, labels: controlPlaneLabels },
    webhooks: webhooks.map(({ path, rules, ...webhook }) => ({
      ...webhook,
      // Said although it is the default: lists are compared whole when they are applied again.
      rules: rules.map((rule) => ({ ...rule, scope: '*' })),
      clientConfig: { caBundle: tls.caBundle, service: { namespace, name: serviceName, path, port: 443 } },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      timeoutSeconds: 10,
    })),
  }
}
