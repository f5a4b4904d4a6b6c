/** The API server's own account of what it refused. Source: metav1.Status. */
interface Status {
  readonly reason?: string
  readonly message?: string
}

/** A request that the API server refused or that never got an answer. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'

  private constructor(
    message: string,
    /** HTTP status; 0: no answer. */
    readonly status: number,
    /** `NotFound`, `AlreadyExists`, `Conflict`, `Expired`, `Invalid`, ... */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }

  static refused(status: number, text: string): ApiFailure {
    const { reason = '', message = text.slice(0, 500) } = statusOf(text)
    return new ApiFailure(message, status, reason)
  }

  static unanswered(error: unknown): ApiFailure {
    const { message, cause } = error as Error
    const inner = cause instanceof Error ? `: ${cause.message}` : ''
    return new ApiFailure(`the API server gives no answer: ${message}${inner}`, 0, '', { cause: error })
  }

  /** Whether the same request may go through later. */
  get mayHeal(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

function statusOf(text: string): Status {
  try {
    return JSON.parse(text) as Status
  } catch {
    return {}
  }
}
