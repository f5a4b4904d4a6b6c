/** What a client wants to hear about, of one resource type. */
export interface Subscription {
  /** Everything that is meant for it, whatever the name. */
  readonly wildcard: boolean
  readonly names: ReadonlySet<string>
  /** Whether the client ever named something on this stream: from then on, no names mean nothing and no longer everything. */
  readonly explicit: boolean
}

/** A subscription after a request, and what the request asks to be told although nothing changed. */
export interface SubscriptionChange {
  readonly subscription: Subscription
  readonly asked: readonly string[]
  readonly wildcardAsked: boolean
}

/** The name that stands for everything. */
const everything = '*'

export function covers({ wildcard, names }: Subscription, name: string): boolean {
  return wildcard || names.has(name)
}

/** State of the world: each request lists all names that the client wants. */
export function sotwSubscription(before: Subscription | undefined, names: readonly string[]): SubscriptionChange {
  if (before && listsExactly(before, names)) return { subscription: before, asked: [], wildcardAsked: false }
  const explicit = before?.explicit === true || names.length > 0
  const wanted = new Set(names)
  const wildcard = wanted.delete(everything) || !explicit
  const asked = [...wanted].filter((name) => !before?.names.has(name))
  return { subscription: { wildcard, names: wanted, explicit }, asked, wildcardAsked: wildcard && before?.wildcard !== true }
}

function listsExactly({ wildcard, names, explicit }: Subscription, listed: readonly string[]): boolean {
  if (!explicit) return listed.length === 0
  return listed.length === names.size + (wildcard ? 1 : 0) && listed.every((name) => (name === everything ? wildcard : names.has(name)))
}

/**
 * Incremental: requests add and take away. What is subscribed again is asked for again; a name that is given up while the
 * wildcard may cover it is asked for too, because the client can't know whether to keep it.
 */
export function deltaSubscription(
  before: Subscription | undefined,
  subscribe: readonly string[],
  unsubscribe: readonly string[],
): SubscriptionChange {
  if (before && subscribe.length === 0 && unsubscribe.length === 0) return { subscription: before, asked: [], wildcardAsked: false }
  const explicit = before?.explicit === true || subscribe.length > 0
  const implied = before === undefined && !explicit && unsubscribe.length === 0
  const names = new Set(before?.names)
  const asked = new Set<string>()
  for (const name of subscribe) if (name !== everything) asked.add(name)
  for (const name of asked) names.add(name)
  const wildcardAsked = implied || (subscribe.includes(everything) && !unsubscribe.includes(everything))
  const wildcard = wildcardAsked || (before?.wildcard === true && !unsubscribe.includes(everything))
  for (const name of unsubscribe) {
    const given = names.delete(name)
    asked.delete(name)
    if (given && wildcard) asked.add(name)
  }
  return { subscription: { wildcard, names, explicit }, asked: [...asked], wildcardAsked }
}
