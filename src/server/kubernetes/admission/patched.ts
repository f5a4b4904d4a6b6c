import { type AdmissionRequest, type AdmissionResponse, allowed } from '../../../kubernetes/admission-review.js'
import { jsonDiff } from '../../../kubernetes/injector/json-diff.js'

/** Lets the object in as it is to become. */
export function patched(request: AdmissionRequest, object: unknown): AdmissionResponse {
  const patch = jsonDiff(request.object, object)
  if (patch.length === 0) return allowed(request)
  return { ...allowed(request), patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
}
