import { type AdmissionRequest, type AdmissionResponse, allowed } from '../admission-review.js'
import { forbidden } from './refusals.js'

interface LabelledPod {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
}

/** Pods may not say of which workload they are: identities rest on it, so the control plane finds it out itself. Source: Kuma. */
export function validatePod(request: AdmissionRequest): AdmissionResponse {
  const { metadata } = (request.object ?? {}) as LabelledPod
  if (metadata?.labels?.['kuma.io/workload'] === undefined) return allowed(request)
  return forbidden(request, 'cannot manually set kuma.io/workload label on Pod; it is automatically managed by Kuma')
}
