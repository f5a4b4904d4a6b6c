import type { AdmitOptions } from '../../../core/admit.js'
import type { Issue } from '../../../core/issue.js'
import type { Kind, RawFault, Registry } from '../../../core/kind.js'
import { type ParsedItem, parseObject } from '../../../core/parse.js'
import { toKubernetes } from '../../../core/print.js'
import type { Resource } from '../../../core/resource.js'
import { sameValue } from '../../../core/same-value.js'
import type { Store } from '../../../core/store.js'
import { type AdmissionRequest, type AdmissionResponse, allowed } from '../../../kubernetes/admission-review.js'
import { namespaceFault } from '../../../kubernetes/admission/namespaces.js'
import { forbidden, invalid, refusedAs } from '../../../kubernetes/admission/refusals.js'
import { isPrivileged } from '../../../kubernetes/admission/users.js'
import { type KubernetesPlace, computeKubernetesLabels } from '../../../kubernetes/labels.js'
import type { WriteRule } from '../../resource-writer.js'
import { admitAsStored } from '../../stored-admission.js'
import { patched } from './patched.js'

export interface ResourceAdmissionOptions extends KubernetesPlace, Pick<AdmitOptions, 'mayChangeCa'> {
  readonly store: Pick<Store, 'get'>
  readonly registry: Registry
  readonly rules: readonly WriteRule[]
  /** Users that are not held to where resources may be: the control plane's own. */
  readonly allowedUsers: readonly string[]
  readonly rawFault?: RawFault
  /** The identity of a Mesh in the cluster, by its name; undefined: it is not there. */
  meshUid(name: string): Promise<string | undefined>
}

/** What the API server asks about Kuma's resources before it stores them. */
export interface ResourceAdmission {
  /** Fills in what a control plane adds: labels, defaults, and that a resource goes with its Mesh. What is wrong is left to `validate`. */
  complete(request: AdmissionRequest): Promise<AdmissionResponse>
  /** Says what is wrong, in the words of the REST API. */
  validate(request: AdmissionRequest): Promise<AdmissionResponse>
}

export function createResourceAdmission(options: ResourceAdmissionOptions): ResourceAdmission {
  return { complete: (request) => complete(request, options), validate: (request) => validate(request, options) }
}

interface KubernetesObject {
  readonly kind?: unknown
  readonly mesh?: unknown
  readonly metadata?: {
    readonly name?: string
    readonly generateName?: string
    readonly deletionTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly unknown[]
  }
}

async function complete(request: AdmissionRequest, options: ResourceAdmissionOptions): Promise<AdmissionResponse> {
  const { registry } = options
  const object = request.object as KubernetesObject
  const kind = kindOf(object, registry)
  const resource = kind && readOne(object, options)?.resource
  if (!resource) return allowed(request)
  const computed = computeKubernetesLabels(kind, resource, options)
  if (computed.fault !== undefined) return allowed(request)
  const labelled = { ...resource, labels: computed.labels }
  const admission = await admitAsStored(labelled, { ...options, previous: previousOf(request, options) })
  if (admission.refusal) return allowed(request)
  const { spec } = toKubernetes(admission.resource, registry)
  const keepsSpec = sameValue(spec, toKubernetes(resource, registry)['spec'])
  return patched(request, {
    ...object,
    metadata: { ...object.metadata, labels: admission.resource.labels, ...(await ownersOf(request, kind, resource, options)) },
    ...(!keepsSpec && { spec }),
  })
}

/** A new resource belongs to its Mesh: the cluster deletes it with the Mesh. What is generated of a Service belongs to that. */
async function ownersOf(
  { operation, object }: AdmissionRequest,
  { type, scope }: Kind,
  { mesh = '', labels }: Resource,
  { meshUid }: ResourceAdmissionOptions,
): Promise<{ ownerReferences?: readonly unknown[] }> {
  if (operation !== 'CREATE' || scope !== 'Mesh' || type === 'MeshService' || labels['kuma.io/origin'] === 'global') return {}
  const uid = await meshUid(mesh)
  if (uid === undefined) return {}
  const others = ((object as KubernetesObject).metadata?.ownerReferences ?? []).filter((owner) => (owner as { uid?: string }).uid !== uid)
  return { ownerReferences: [...others, { apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh', name: mesh, uid }] }
}

async function validate(request: AdmissionRequest, options: ResourceAdmissionOptions): Promise<AdmissionResponse> {
  const { systemNamespace, allowedUsers } = options
  const object = (request.operation === 'DELETE' ? request.oldObject : request.object) as KubernetesObject
  const kind = kindOf(object, options.registry)
  if (!kind) return allowed(request)
  const privileged = isPrivileged(request, allowedUsers)
  const misplaced = privileged ? undefined : namespaceFault(kind.type, request.namespace, systemNamespace)
  if (misplaced !== undefined) return forbidden(request, misplaced)
  const item = readOne(object, options)
  if (request.operation === 'DELETE') return privileged ? allowed(request) : validateRemoval(request, kind, item?.resource, options)
  // It goes, whatever it says: its Mesh may be gone already.
  if (object.metadata?.deletionTimestamp) return allowed(request)
  if (!item) return forbidden(request, 'there is no resource in it')
  if (isInNoMesh(kind, object)) return invalid(request, kind.type, [{ path: 'mesh', message: 'cannot be empty' }])
  if (!item.resource) return refusedAs(request, kind, item.refusal)
  return validateResource(request, kind, item.resource, item.issues, options)
}

async function validateResource(
  request: AdmissionRequest,
  kind: Kind,
  resource: Resource,
  issues: readonly Issue[],
  options: ResourceAdmissionOptions,
): Promise<AdmissionResponse> {
  const computed = computeKubernetesLabels(kind, resource, options)
  if (computed.fault !== undefined) return invalid(request, kind.type, [{ path: 'spec', message: computed.fault }])
  const previous = previousOf(request, options)
  const admission = await admitAsStored({ ...resource, labels: computed.labels }, { ...options, previous })
  if (admission.refusal) return refusedAs(request, kind, admission.refusal)
  const rules = options.rules.filter(({ type }) => type === kind.type)
  const broken = await Promise.all(rules.map((rule) => rule.check?.(admission.resource, previous.resource) ?? []))
  const violations = broken.flat()
  if (violations.length > 0) return refusedAs(request, kind, { resource, status: 422, title: '', detail: '', violations })
  return allowed(request, issues.map(sentence))
}

async function validateRemoval(
  request: AdmissionRequest,
  kind: Kind,
  resource: Resource | undefined,
  { rules }: ResourceAdmissionOptions,
): Promise<AdmissionResponse> {
  // What can't be read any more may be deleted.
  if (!resource) return allowed(request)
  const ofType = rules.filter(({ type }) => type === kind.type)
  const violations = (await Promise.all(ofType.map((rule) => rule.checkRemoval?.(resource) ?? []))).flat()
  return violations.length > 0 ? invalid(request, kind.type, violations) : allowed(request)
}

/** Younger kinds are in the mesh "default" unless they say otherwise; the older ones have to say it. */
function isInNoMesh({ scope, encoding }: Kind, { mesh, metadata }: KubernetesObject): boolean {
  return scope === 'Mesh' && encoding === 'proto' && !mesh && !metadata?.labels?.['kuma.io/mesh']
}

function kindOf(object: KubernetesObject | undefined, registry: Registry): Kind | undefined {
  return typeof object?.kind === 'string' ? registry.byType(object.kind) : undefined
}

function readOne(object: KubernetesObject, { registry, rawFault }: ResourceAdmissionOptions): ParsedItem | undefined {
  const { name, generateName } = object.metadata ?? {}
  // The API server makes the name after it has asked.
  const named = name || !generateName ? object : { ...object, metadata: { ...object.metadata, name: `${generateName}00000` } }
  return parseObject(named, registry, { rawFault }).items[0]
}

function previousOf({ oldObject }: AdmissionRequest, options: ResourceAdmissionOptions): { readonly resource: Resource | undefined } {
  return { resource: oldObject ? readOne(oldObject as KubernetesObject, options)?.resource : undefined }
}

function sentence({ path, message }: Issue): string {
  return path === '' ? message : `${path}: ${message}`
}
