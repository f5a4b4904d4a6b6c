/** What serves a mesh: each part by itself, so that others can leave out what they don't need. */
export { type ControlPlane, type ControlPlaneOptions, createControlPlane } from './control-plane.js'
export { type Change, type Convergence, NotSettled, type SettledOptions } from './receipts.js'
export { convergenceRoutes } from './api/convergence.js'
export { issueRoutes } from './api/issues.js'
export { type AdsServer, type AdsServerOptions, createAdsServer, type GrpcService } from './grpc.js'
export { type HealthDiscoveryOptions, createHealthDiscovery } from './health/grpc.js'
export {
  type About,
  type Access,
  type AccessLists,
  type AccessOptions,
  type Allowed,
  type ApiLimits,
  type ApiOptions,
  type Authenticator,
  type Concern,
  type RouteFamily,
  type SecurityEvent,
  type User,
  clientCertificateAuthenticator,
  createAccess,
  createApi,
  trustingAccess,
} from './api/index.js'
export { type BootstrapService, type BootstrapServiceOptions, createBootstrapService } from './bootstrap/service.js'
export { bootstrapListener } from './bootstrap/http.js'
export { type DpServer, type DpServerOptions, startDpServer } from './dp-server.js'
export { type ApiPortOptions, type SharedPort, startApiPort } from './shared-port.js'
export { type Leader, type Term, soleLeader } from '../core/leader.js'
export { type UpkeepOptions, type UpkeepWork, createUpkeep } from './upkeep/upkeep.js'
export { type CaRecorderOptions, createCaRecorder } from './identity/ca-recorder.js'
export { type IdentityProvider, type ProxyIdentity, createIdentityProvider } from './identity/provider.js'
export {
  type WorkloadIdentityProvider,
  type WorkloadIdentityProviderOptions,
  createWorkloadIdentityProvider,
} from './identity/workload.js'
export { type OutsideData, type OutsideDataOptions, createOutsideData } from './outside-data.js'
export { type CertificatePair, serverCertificate } from './certificates.js'
export { type OwnCertificate, ownCertificate } from './own-certificate.js'
export { type MonitoringServerOptions, createMonitoringServer } from './monitoring/server.js'
export { ResourceWriter, type ResourceWriterOptions, type WriteRule } from './resource-writer.js'
export { standardRules } from './write-rules.js'
export { type Tokens, createTokens } from './tokens/tokens.js'
export { meshTokenKeyRule } from './tokens/rule.js'
export { tokenRoutes } from './tokens/routes.js'
export { userTokenAuthenticator } from './tokens/access.js'
export { type ProxyAuthenticator, tokenAuthenticator, trustingAuthenticator } from './tokens/proxy-authenticator.js'
export { type Log, silentLog } from './log.js'
export { type XdsMetrics, noMetrics } from './xds-metrics.js'
export {
  type AdmissionHandler,
  type AdmissionServer,
  type AdmissionServerOptions,
  startAdmissionServer,
} from './kubernetes/admission/server.js'
export { type ResourceAdmission, type ResourceAdmissionOptions, createResourceAdmission } from './kubernetes/admission/resources.js'
export { type SecretAdmissionOptions, createSecretAdmission } from './kubernetes/admission/secrets.js'
export { type MeshCompanionsOptions, type MeshMarks, createMeshCompanions } from './kubernetes/mesh-companions.js'
