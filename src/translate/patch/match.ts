import type { ListenerDraft } from '../draft.js'
import { names } from '../names.js'
import { type Tags, matchesTags } from '../tags.js'
import type { Match } from './modification.js'

/** Whether a match means a resource, by its name and by who made it. */
export function resourceMatches(
  { name, origin }: Pick<Match, 'name' | 'origin'>,
  resource: { readonly name: string; readonly origin: string },
): boolean {
  return (name === undefined || name === resource.name) && (origin === undefined || origin === resource.origin)
}

export function listenerMatches({ listenerName, listenerTags = {}, origin }: Omit<Match, 'name'>, listener: ListenerDraft): boolean {
  if (listenerName !== undefined && !namedAs(listenerName, listener.name)) return false
  if (origin !== undefined && origin !== listener.origin) return false
  return Object.keys(listenerTags).length === 0 || matchesTags(listenerTags, tagsOf(listener))
}

function tagsOf({ message }: ListenerDraft): Tags {
  const tags: unknown = message.metadata?.filterMetadata?.['io.kuma.tags']
  return (tags ?? {}) as Tags
}

/** The listeners of the transparent proxy go by the name of either naming scheme. */
const passthroughNames = (['inbound', 'outbound'] as const).flatMap((direction) =>
  ([4, 6] as const).map((version) => [
    direction === 'inbound' ? names.inboundPassthrough(version) : names.outboundPassthrough(version),
    names.unifiedPassthrough(direction, version),
  ]),
)

function namedAs(wanted: string, name: string): boolean {
  return wanted === name || passthroughNames.some((pair) => pair.includes(wanted) && pair.includes(name))
}
