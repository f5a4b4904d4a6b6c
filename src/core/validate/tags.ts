import { goQuote } from '../go.js'
import type { Place } from './violations.js'

export const serviceTag = 'kuma.io/service'
export const protocolTag = 'kuma.io/protocol'
export const zoneTag = 'kuma.io/zone'

const tagName = /^[a-zA-Z0-9.\-_:/]*$/
const tagValue = /^[a-zA-Z0-9.\-_:]*$/
const selectorValue = /^([a-zA-Z0-9.\-_:/]*|\*)$/

type Tags = Readonly<Record<string, string>>

export interface TagRules {
  readonly requireTag?: boolean
  readonly requireService?: boolean
  readonly forbidService?: boolean
  /** Looks at all tags at once, before each is looked at. */
  readonly extra?: (at: Place, tags: Tags) => void
  readonly extraKey?: (at: Place, key: string) => void
  readonly extraValue?: (at: Place, key: string, value: string) => void
}

export interface SelectorRules extends TagRules {
  readonly requireSelector?: boolean
  readonly atMostOneSelector?: boolean
}

/** Rules of tags that something has. */
export function checkTags(at: Place, tags: Tags | undefined, rules: TagRules = {}): void {
  checkEach(at, tags ?? {}, rules, (value) =>
    tagValue.test(value) ? undefined : 'tag value must consist of alphanumeric characters, dots, dashes and underscores',
  )
}

/** Rules of tags that select: values may be `*`. */
export function checkSelector(at: Place, tags: Tags | undefined, rules: TagRules = {}): void {
  checkEach(at, tags ?? {}, rules, (value) =>
    selectorValue.test(value)
      ? undefined
      : 'tag value must consist of alphanumeric characters, dots, dashes, slashes and underscores or be "*"',
  )
}

/** Rules of a policy's `sources`, `destinations` or `selectors`. */
export function checkSelectors(at: Place, selectors: readonly { readonly match?: Tags }[] | undefined, rules: SelectorRules): void {
  if (rules.requireSelector && !selectors?.length) at.add('must have at least one element')
  for (const [i, selector] of (selectors ?? []).entries()) {
    checkSelector(at.index(i).field('match'), selector.match, rules)
    if (i > 0 && rules.atMostOneSelector) at.index(i).add('there can be at most one selector')
  }
}

function checkEach(at: Place, tags: Tags, rules: TagRules, valueFault: (value: string) => string | undefined): void {
  if (rules.requireTag && Object.keys(tags).length === 0) at.add('must have at least one tag')
  rules.extra?.(at, tags)
  for (const key of Object.keys(tags).sort()) {
    const value = tags[key] ?? ''
    if (key === '') at.add('tag name must be non-empty')
    if (!tagName.test(key)) at.key(key).add('tag name must consist of alphanumeric characters, dots, dashes, slashes and underscores')
    rules.extraKey?.(at, key)
    if (value === '') at.key(key).add('tag value must be non-empty')
    const fault = valueFault(value)
    if (fault) at.key(key).add(fault)
    rules.extraValue?.(at, key, value)
  }
  const hasService = Object.hasOwn(tags, serviceTag)
  if (rules.forbidService && hasService) at.add(`${goQuote(serviceTag)} must not be defined`)
  if (rules.requireService && !hasService) at.add(`mandatory tag ${goQuote(serviceTag)} is missing`)
}

/** Destinations of policies that concern whole services: the service tag and nothing else. */
export const onlyServiceTag: SelectorRules = {
  requireSelector: true,
  requireService: true,
  extra(at, tags) {
    if (Object.keys(tags).length !== 1 || !Object.hasOwn(tags, serviceTag)) at.add(`must consist of exactly one tag ${goQuote(serviceTag)}`)
  },
  extraKey(at, key) {
    if (key !== serviceTag) at.key(key).add(`tag ${goQuote(key)} is not allowed`)
  },
}

/** A rule for {@link TagRules.extra}: the protocol tag is there and is one of the given. */
export function requireProtocol(...protocols: readonly string[]): NonNullable<TagRules['extra']> {
  return (at, tags) => {
    const protocol = tags[protocolTag]
    if (protocol === undefined) at.add('protocol must be specified')
    else if (!protocols.includes(protocol.toLowerCase())) at.key(protocolTag).add(`must be one of the [${protocols.join(', ')}]`)
  }
}

/** A rule for {@link TagRules.extraKey}: none of the given names. */
export function forbidKeys(...names: readonly string[]): NonNullable<TagRules['extraKey']> {
  return (at, key) => {
    if (names.includes(key)) at.key(key).add(`tag name must not be ${goQuote(key)}`)
  }
}
