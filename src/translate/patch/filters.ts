import type { Any } from '../../gen/google/protobuf/any.js'
import type { Codec } from '../envoy/encode.js'
import type { Modification } from './modification.js'
import type { Patcher } from './patcher.js'

/** Network filters and HTTP filters have the same shape here. */
interface NamedFilter {
  name?: string
  configType?: { $case: 'typedConfig'; typedConfig: Any } | { $case: string } | undefined
}

/** A list of filters after a modification. */
export function modifiedFilters<F extends NamedFilter>(
  filters: readonly F[],
  { operation, match }: Modification,
  patcher: Patcher,
  codec: Codec<F>,
): F[] {
  const matches = ({ name = '' }: F) => match.name === undefined || match.name === name
  if (operation === 'remove') return filters.filter((filter) => !matches(filter))
  if (operation === 'patch') return filters.map((filter) => (matches(filter) ? patchedFilter(filter, patcher) : filter))
  if (operation === 'addFirst') return [patcher.value(codec), ...filters]
  if (operation === 'addLast') return [...filters, patcher.value(codec)]
  const index = filters.findIndex(({ name = '' }) => name === match.name)
  if (index < 0) return [...filters]
  return filters.toSpliced(operation === 'addBefore' ? index : index + 1, 0, patcher.value(codec))
}

function patchedFilter<F extends NamedFilter>(filter: F, patcher: Patcher): F {
  const before = filter.configType?.$case === 'typedConfig' ? (filter.configType as { typedConfig: Any }).typedConfig : undefined
  const typedConfig = patcher.config(before)
  return typedConfig ? { ...filter, configType: { $case: 'typedConfig', typedConfig } } : filter
}
