import {
  type Cluster,
  Cluster_LbPolicy,
  Cluster_RingHashLbConfig_HashFunction as HashFunction,
} from '../../../gen/envoy/config/cluster/v3/cluster.js'
import { numberOf } from '../../../core/validate/numbers.js'
import type { LoadBalancer, LoadBalancingConf } from './schema.js'

/** How a cluster chooses among its endpoints. */
export function balance(cluster: Cluster, { localityAwareness, loadBalancer }: LoadBalancingConf): void {
  if (localityAwareness?.localZone?.affinityTags?.length) {
    const localityConfigSpecifier = { $case: 'localityWeightedLbConfig', localityWeightedLbConfig: {} } as const
    cluster.commonLbConfig = { ...cluster.commonLbConfig, localityConfigSpecifier }
  }
  if (!loadBalancer) return
  cluster.lbPolicy = lbPolicies[loadBalancer.type]
  const lbConfig = lbConfigOf(loadBalancer)
  if (lbConfig) cluster.lbConfig = lbConfig
}

const lbPolicies = {
  RoundRobin: Cluster_LbPolicy.ROUND_ROBIN,
  LeastRequest: Cluster_LbPolicy.LEAST_REQUEST,
  RingHash: Cluster_LbPolicy.RING_HASH,
  Random: Cluster_LbPolicy.RANDOM,
  Maglev: Cluster_LbPolicy.MAGLEV,
} as const

function lbConfigOf({ type, leastRequest, ringHash, maglev }: LoadBalancer): Cluster['lbConfig'] {
  if (type === 'LeastRequest' && leastRequest) {
    const { choiceCount, activeRequestBias: bias } = leastRequest
    const activeRequestBias = bias === undefined ? undefined : { defaultValue: numberOf(bias) ?? 0 }
    return { $case: 'leastRequestLbConfig', leastRequestLbConfig: { choiceCount, activeRequestBias } }
  }
  if (type === 'RingHash' && ringHash) {
    const hashFunction = ringHash.hashFunction === 'MurmurHash2' ? HashFunction.MURMUR_HASH_2 : HashFunction.XX_HASH
    const { minRingSize: minimumRingSize, maxRingSize: maximumRingSize } = ringHash
    return { $case: 'ringHashLbConfig', ringHashLbConfig: { hashFunction, minimumRingSize, maximumRingSize } }
  }
  if (type === 'Maglev' && maglev) return { $case: 'maglevLbConfig', maglevLbConfig: { tableSize: maglev.tableSize } }
  return undefined
}
