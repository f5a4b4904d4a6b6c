import { KumaError } from '../../core/errors.js'
import type { Head, HeadRead } from './head.js'

/** Others take over a transaction that stands still for some seconds: in between it says that it doesn't, in milliseconds. */
const beatMs = 1500

/** Says in the head from time to time that a transaction is still being made. */
export class Heartbeat {
  private last = performance.now()
  /** Whether another has taken the transaction over. */
  isLost = false

  constructor(
    private readonly head: Head,
    /** As it was written last. */
    private current: HeadRead,
  ) {}

  get read(): HeadRead {
    return this.current
  }

  /** @throws KumaError `store-failed` when another has taken the transaction over */
  async goOn(): Promise<void> {
    if (performance.now() - this.last < beatMs) return
    const { state } = this.current
    const pending = state.pending && { ...state.pending, beat: (state.pending.beat ?? 0) + 1 }
    const written = await this.head.replace(this.current, { ...state, ...(pending && { pending }) })
    if (written === undefined) {
      this.isLost = true
      throw new KumaError('store-failed', 'another control plane finishes the transaction')
    }
    this.current = written
    this.last = performance.now()
  }
}
