import type { RetryPolicy, RetryPolicy_RetryHostPredicate } from '../../../gen/envoy/config/route/v3/route_components.js'
import { OmitHostMetadataConfig } from '../../../gen/envoy/extensions/retry/host/omit_host_metadata/v3/omit_host_metadata_config.js'
import { PreviousHostsPredicate } from '../../../gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.js'
import { PreviousPrioritiesConfig } from '../../../gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config.js'
import { pack } from '../../envoy/any.js'
import { stringStruct, withoutTag } from '../../envoy/metadata.js'
import type { HostPredicate } from './schema.js'

/** Which instances a retry avoids. */
export function hostSelection(predicates: readonly HostPredicate[]): Pick<RetryPolicy, 'retryHostPredicate' | 'retryPriority'> {
  const byPriority = predicates.findLast(({ predicate }) => predicate === 'OmitPreviousPriorities')
  const retryHostPredicate = predicates.flatMap((predicate) => hostPredicate(predicate) ?? [])
  return {
    retryHostPredicate: retryHostPredicate.length > 0 ? retryHostPredicate : undefined,
    retryPriority: byPriority && {
      name: 'envoy.retry_priorities.previous_priorities',
      configType: {
        $case: 'typedConfig',
        typedConfig: pack(PreviousPrioritiesConfig, { updateFrequency: byPriority.updateFrequency }),
      },
    },
  }
}

function hostPredicate({ predicate, tags = {} }: HostPredicate): RetryPolicy_RetryHostPredicate | undefined {
  if (predicate === 'OmitPreviousHosts') {
    const typedConfig = pack(PreviousHostsPredicate, {})
    return { name: 'envoy.retry_host_predicates.previous_hosts', configType: { $case: 'typedConfig', typedConfig } }
  }
  if (predicate === 'OmitHostsWithTags') {
    // Endpoints don't carry their service: it is their cluster's name already.
    const fields = stringStruct(withoutTag(tags, 'kuma.io/service'))
    const metadataMatch = Object.keys(fields).length > 0 ? { filterMetadata: { 'envoy.lb': fields } } : undefined
    const typedConfig = pack(OmitHostMetadataConfig, { metadataMatch })
    return { name: 'envoy.retry_host_predicates.omit_host_metadata', configType: { $case: 'typedConfig', typedConfig } }
  }
  return undefined
}
