import type { Registry, Violation } from '../../../core/kind.js'
import { parseObject } from '../../../core/parse.js'
import type { Resource } from '../../../core/resource.js'
import { type AdmissionRequest, type AdmissionResponse, allowed } from '../../../kubernetes/admission-review.js'
import { invalid } from '../../../kubernetes/admission/refusals.js'
import { isPrivileged } from '../../../kubernetes/admission/users.js'
import type { WriteRule } from '../../resource-writer.js'

export interface SecretAdmissionOptions {
  readonly registry: Registry
  readonly rules: readonly WriteRule[]
  readonly allowedUsers: readonly string[]
}

interface KubernetesSecret {
  readonly type?: string
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>> | null
}

const meshLabel = 'kuma.io/mesh'
const ofMesh = 'system.kuma.io/secret'
const global = 'system.kuma.io/global-secret'

/** What the API server asks about Secrets of the control plane's namespace: those that are Kuma's are looked at. */
export function createSecretAdmission(options: SecretAdmissionOptions): (request: AdmissionRequest) => Promise<AdmissionResponse> {
  return async (request) => {
    const removal = request.operation === 'DELETE'
    const secret = (removal ? request.oldObject : request.object) as KubernetesSecret | undefined
    if (secret?.type !== ofMesh && secret?.type !== global) return allowed(request)
    const violations = removal
      ? await removalFaults(request, secret, options)
      : [...metadataFaults(secret, request.oldObject as KubernetesSecret | undefined), ...valueFaults(secret)]
    return violations.length > 0 ? invalid(request, 'Secret', violations) : allowed(request)
  }
}

function metadataFaults({ type, metadata }: KubernetesSecret, before: KubernetesSecret | null | undefined): Violation[] {
  const path = `metadata.labels["${meshLabel}"]`
  const mesh = metadata?.labels?.[meshLabel]
  if (type === global) return mesh === undefined ? [] : [{ path, message: 'mesh cannot be set on global secret' }]
  if (before && meshOf(before.metadata?.labels) !== meshOf(metadata?.labels))
    return [{ path, message: 'cannot change mesh of the Secret. Delete the Secret first and apply it again.' }]
  return []
}

function valueFaults({ data }: KubernetesSecret): Violation[] {
  return data?.['value'] ? [] : [{ path: 'data.value', message: 'cannot be empty.' }]
}

async function removalFaults(
  request: AdmissionRequest,
  secret: KubernetesSecret,
  { registry, rules, allowedUsers }: SecretAdmissionOptions,
): Promise<readonly Violation[]> {
  if (secret.type === global || secret.metadata?.labels?.['kuma.io/origin'] === 'global' || isPrivileged(request, allowedUsers)) return []
  const resource: Resource | undefined = parseObject(request.oldObject, registry).items[0]?.resource
  if (!resource) return []
  const ofType = rules.filter(({ type }) => type === resource.type)
  return (await Promise.all(ofType.map((rule) => rule.checkRemoval?.(resource) ?? []))).flat()
}

const meshOf = (labels: Readonly<Record<string, string>> | undefined) => labels?.[meshLabel] || 'default'
