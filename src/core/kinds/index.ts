import type { Kind } from '../kind.js'
import { DataplaneInsight } from './dataplane-insight.js'
import { Dataplane } from './dataplane.js'
import { ExternalService } from './external-service.js'
import { HostnameGenerator } from './hostname-generator.js'
import { MeshExternalService } from './mesh-external-service.js'
import { MeshGatewayRoute } from './mesh-gateway-route.js'
import { MeshGateway } from './mesh-gateway.js'
import { MeshOpenTelemetryBackend } from './mesh-open-telemetry-backend.js'
import { MeshIdentity } from './mesh-identity.js'
import { MeshMultiZoneService } from './mesh-multi-zone-service.js'
import { MeshService } from './mesh-service.js'
import { MeshTrust } from './mesh-trust.js'
import { MeshZoneAddress } from './mesh-zone-address.js'
import { Mesh } from './mesh.js'
import { GlobalSecret, Secret } from './secret.js'
import { VirtualOutbound } from './virtual-outbound.js'
import { Workload } from './workload.js'
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
  MeshOpenTelemetryBackend,
  MeshService,
  MeshExternalService,
  MeshMultiZoneService,
  MeshZoneAddress,
  HostnameGenerator,
  Workload,
  MeshIdentity,
  MeshTrust,
  ZoneIngress,
  ZoneIngressInsight,
  ZoneEgress,
  ZoneEgressInsight,
]
