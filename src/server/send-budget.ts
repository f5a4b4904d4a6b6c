/** Who sends and may be told to go on. */
export interface Sender {
  /** There is room again. */
  proceed(): void
}

/** Bytes that may be under way to all clients together. */
export interface SendBudget {
  /** Whether the sender may send something now; if not, it is told when it may. Up to twice the limit for what is urgent. */
  mayGrow(sender: Sender, urgent: boolean): boolean
  sent(sender: Sender, bytes: number): void
  /** Some of what the sender has sent has left. */
  left(sender: Sender, bytes: number): void
  /** The sender has ended. */
  forget(sender: Sender): void
  /** Bytes under way, without those of clients that take nothing. */
  readonly used: number
}

interface Account {
  bytes: number
  /** When something was last sent or taken. */
  moved: number
  /** Takes nothing: others must not wait for it. */
  stuck: boolean
}

/** A client that takes nothing for so long is not counted any more, in milliseconds. */
const patienceMs = 500

/**
 * Keeps memory bounded when everybody has to be told much at once: what is not yet under way needs none. Senders that wait
 * get their turn in the order in which they came.
 */
export function createSendBudget(limit: number, now: () => number): SendBudget {
  const accounts = new Map<Sender, Account>()
  const waiting = new Set<Sender>()
  let used = 0
  let timer: NodeJS.Timeout | undefined

  function wake(): void {
    for (const sender of waiting) {
      if (used >= limit) return
      waiting.delete(sender)
      sender.proceed()
    }
  }

  /** Only while somebody waits. */
  function watch(): void {
    if (timer || waiting.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      for (const account of accounts.values()) {
        if (account.stuck || now() - account.moved < patienceMs) continue
        account.stuck = true
        used -= account.bytes
      }
      wake()
      watch()
    }, patienceMs / 2)
    timer.unref()
  }

  function forget(sender: Sender): void {
    const account = accounts.get(sender)
    accounts.delete(sender)
    waiting.delete(sender)
    if (account && !account.stuck) used -= account.bytes
    wake()
  }

  return {
    mayGrow(sender, urgent) {
      if (used < (urgent ? 2 * limit : limit)) return true
      waiting.add(sender)
      watch()
      return false
    },
    sent(sender, bytes) {
      const account = accounts.get(sender) ?? { bytes: 0, moved: 0, stuck: false }
      account.bytes += bytes
      account.moved = now()
      if (!account.stuck) used += bytes
      accounts.set(sender, account)
    },
    left(sender, bytes) {
      const account = accounts.get(sender)
      if (!account) return
      account.bytes -= bytes
      account.moved = now()
      if (account.stuck) {
        account.stuck = false
        used += account.bytes
      } else used -= bytes
      if (account.bytes === 0) accounts.delete(sender)
      wake()
    },
    forget,
    get used() {
      return used
    },
  }
}
