import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { targetRef, targeted } from '../../../core/target-ref.js'
import { validateLoadBalancingStrategy } from './validate.js'

const localZone = () => o.object({ affinityTags: o.list(o.object({ key: o.string(), weight: o.integer().optional() })).optional() })

export type LocalZone = z.infer<ReturnType<typeof localZone>>

const failover = () =>
  o.object({
    from: o.object({ zones: o.list(o.string()) }).optional(),
    to: o.object({ type: o.enumeration(['None', 'Only', 'Any', 'AnyExcept']), zones: o.list(o.string()).optional() }),
  })

export type Failover = z.infer<ReturnType<typeof failover>>

const crossZone = () =>
  o.object({
    failover: o.list(failover()).optional(),
    failoverThreshold: o.object({ percentage: o.intOrString() }).optional(),
  })

export type CrossZone = z.infer<ReturnType<typeof crossZone>>

const hashPolicy = () =>
  o.object({
    type: o.enumeration(['Header', 'Cookie', 'Connection', 'SourceIP', 'QueryParameter', 'FilterState']),
    terminal: o.boolean().optional(),
    header: o.object({ name: o.string({ minLength: 1 }) }).optional(),
    cookie: o.object({ name: o.string({ minLength: 1 }), ttl: o.duration().optional(), path: o.string().optional() }).optional(),
    connection: o.object({ sourceIP: o.boolean().optional() }).optional(),
    queryParameter: o.object({ name: o.string({ minLength: 1 }) }).optional(),
    filterState: o.object({ key: o.string({ minLength: 1 }) }).optional(),
  })

export type HashPolicy = z.infer<ReturnType<typeof hashPolicy>>

const hashPolicies = () => o.list(hashPolicy()).optional()
const ringSize = () => o.integer({ min: 1, max: 8_000_000 }).optional()

const loadBalancer = () =>
  o.object({
    type: o.enumeration(['RoundRobin', 'LeastRequest', 'RingHash', 'Random', 'Maglev']),
    roundRobin: o.object({}).optional(),
    leastRequest: o.object({ choiceCount: o.integer({ min: 2 }).optional(), activeRequestBias: o.intOrString().optional() }).optional(),
    ringHash: o
      .object({
        hashFunction: o.enumeration(['XXHash', 'MurmurHash2']).optional(),
        minRingSize: ringSize(),
        maxRingSize: ringSize(),
        hashPolicies: hashPolicies(),
      })
      .optional(),
    random: o.object({}).optional(),
    maglev: o.object({ tableSize: o.integer({ min: 1, max: 5_000_011 }).optional(), hashPolicies: hashPolicies() }).optional(),
  })

export type LoadBalancer = z.infer<ReturnType<typeof loadBalancer>>

const conf = () =>
  o.object({
    localityAwareness: o
      .object({ disabled: o.boolean().optional(), localZone: localZone().optional(), crossZone: crossZone().optional() })
      .optional(),
    loadBalancer: loadBalancer().optional(),
    hashPolicies: hashPolicies(),
  })

export type LoadBalancingConf = z.infer<ReturnType<typeof conf>>

export const meshLoadBalancingStrategySchema = () =>
  o.object({ targetRef: targetRef().optional(), to: o.list(targeted(conf().optional())).optional() })

export type MeshLoadBalancingStrategySpec = z.infer<ReturnType<typeof meshLoadBalancingStrategySchema>>

/** Which instance of a destination gets a request, and from which zone it is. */
export const MeshLoadBalancingStrategy = defineKind<MeshLoadBalancingStrategySpec>({
  type: 'MeshLoadBalancingStrategy',
  plural: 'meshloadbalancingstrategies',
  shortName: 'mlbs',
  displayName: { singular: 'Mesh Load Balancing Strategy', plural: 'Mesh Load Balancing Strategies' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true },
  includeInFederation: true,
  schema: meshLoadBalancingStrategySchema,
  validate: validateLoadBalancingStrategy,
})
