/** What the API server asks a webhook, and what it is answered. Source: admission/v1, AdmissionReview. */
export interface AdmissionRequest {
  readonly uid: string
  readonly operation?: string
  readonly namespace?: string
  readonly name?: string
  readonly object?: unknown
  readonly oldObject?: unknown
  readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] }
  readonly dryRun?: boolean
}

export interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: AdmissionStatus
  readonly patchType?: 'JSONPatch'
  /** Base64 of JSON. */
  readonly patch?: string
  /** What kubectl shows beside. */
  readonly warnings?: readonly string[]
}

export interface AdmissionStatus {
  /** HTTP status that whoever asked gets. */
  readonly code: number
  readonly message: string
  readonly reason?: string
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  }
}

export function allowed({ uid }: Pick<AdmissionRequest, 'uid'>, warnings: readonly string[] = []): AdmissionResponse {
  return { uid, allowed: true, ...(warnings.length > 0 && { warnings }) }
}

export function denied({ uid }: Pick<AdmissionRequest, 'uid'>, status: AdmissionStatus): AdmissionResponse {
  return { uid, allowed: false, status }
}

/** The answer's envelope: of the version that the question had. */
export function reviewOf(response: AdmissionResponse): unknown {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
}

/** The question of an AdmissionReview; undefined where the value is none. */
export function requestOf(review: unknown): AdmissionRequest | undefined {
  const request = (review as { readonly request?: Partial<AdmissionRequest> } | null | undefined)?.request
  return typeof request === 'object' && request !== null && typeof request.uid === 'string' ? (request as AdmissionRequest) : undefined
}
