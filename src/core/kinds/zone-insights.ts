import type * as z from 'zod'
import { type Kind, defineKind } from '../kind.js'
import * as p from '../schema/proto.js'
import { discoverySubscription } from './dataplane-insight.js'

/** Source: zone_ingress_insight.proto, zoneegressinsight.proto: both hold the same. */
export const zoneProxyInsightSchema = () => p.message({ subscriptions: p.list(discoverySubscription()), metadata: p.struct() })

export type ZoneProxyInsightSpec = z.infer<ReturnType<typeof zoneProxyInsightSchema>>

const insight = (kind: Pick<Kind, 'type' | 'plural' | 'displayName'>): Kind<ZoneProxyInsightSpec> =>
  defineKind<ZoneProxyInsightSpec>({
    ...kind,
    scope: 'Global',
    encoding: 'proto',
    providedByZone: true,
    readOnly: true,
    schema: zoneProxyInsightSchema,
  })

/** What the control plane knows of a zone ingress's connections and version. */
export const ZoneIngressInsight = insight({
  type: 'ZoneIngressInsight',
  plural: 'zone-ingress-insights',
  displayName: { singular: 'Zone Ingress Insight', plural: 'Zone Ingress Insights' },
})

/** What the control plane knows of a zone egress's connections and version. */
export const ZoneEgressInsight = insight({
  type: 'ZoneEgressInsight',
  plural: 'zoneegressinsights',
  displayName: { singular: 'Zone Egress Insight', plural: 'Zone Egress Insights' },
})
