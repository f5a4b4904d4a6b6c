import type { Kind } from '../kind.js'
import { DataplaneInsight } from './dataplane-insight.js'
import { Dataplane } from './dataplane.js'
import { ExternalService } from './external-service.js'
import { MeshGatewayRoute } from './mesh-gateway-route.js'
import { MeshGateway } from './mesh-gateway.js'
import { Mesh } from './mesh.js'
import { GlobalSecret, Secret } from './secret.js'
import { VirtualOutbound } from './virtual-outbound.js'
import { ZoneEgress } from './zone-egress.js'
import { ZoneIngress } from './zone-ingress.js'
import { ZoneEgressInsight, ZoneIngressInsight } from './zone-insights.js'
import { Zone } from './zone.js'

/** The kinds that are no policies. A new one is its file and a line here. */
export const coreKinds: readonly Kind[] = [
  Mesh,
  Dataplane,
  DataplaneInsight,
  Secret,
  GlobalSecret,
  Zone,
  ExternalService,
  VirtualOutbound,
  MeshGateway,
  MeshGatewayRoute,
  ZoneIngress,
  ZoneIngressInsight,
  ZoneEgress,
  ZoneEgressInsight,
]
