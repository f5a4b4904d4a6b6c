import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Store } from '../../core/store.js'
import { rawCodec } from '../../protojson/index.js'
import type { About } from '../../server/api/index.js'
import { agreeOnClusterId } from '../../server/cluster-id.js'
import { createControlPlane } from '../../server/control-plane.js'
import { createAdsServer } from '../../server/grpc.js'
import { createHealthDiscovery } from '../../server/health/grpc.js'
import { createCaRecorder } from '../../server/identity/ca-recorder.js'
import { createIdentityProvider } from '../../server/identity/provider.js'
import { createWorkloadIdentityProvider } from '../../server/identity/workload.js'
import { createMonitoringServer } from '../../server/monitoring/server.js'
import { createOutsideData } from '../../server/outside-data.js'
import { ResourceWriter } from '../../server/resource-writer.js'
import { meshTokenKeyRule } from '../../server/tokens/rule.js'
import { createTokens } from '../../server/tokens/tokens.js'
import { createUpkeep } from '../../server/upkeep/upkeep.js'
import { standardRules } from '../../server/write-rules.js'
import { registry } from '../../translate/kinds.js'
import type { Logger } from '../log.js'
import { kumaVersion } from '../version.js'
import { startApis } from './apis.js'
import { followRenewals, loadCertificates } from './certificates.js'
import type { KumaCpConfig } from './config.js'
import { durationMs } from './setting.js'
import { startDiagnostics } from './diagnostics.js'
import { createMetrics } from './metrics/metrics.js'
import { Opened } from './opened.js'
import { readValidators } from './validators.js'
import { createOwnResources } from './own-resources.js'
import { proxyAuthenticatorOf, startProxyServer } from './proxies.js'
import { serverLog } from './server-log.js'
import { openStore } from './storage.js'
import { startInCluster } from './in-cluster.js'

const centuryMs = 100 * 365 * 24 * 3_600_000

export interface RunningKumaCp {
  /** Ends streams, closes servers and the store. */
  stop(): Promise<void>
}

/**
 * Starts all servers of a control plane.
 * @throws what a server or the store can't do: a port that is taken, a file that is locked; nothing stays open then
 */
export async function startKumaCp(config: KumaCpConfig, log: Logger): Promise<RunningKumaCp> {
  const opened = new Opened(log)
  try {
    await startAll(config, log, opened)
  } catch (error) {
    await opened.closeAll()
    throw error
  }
  return { stop: () => opened.closeAll() }
}

async function startAll(config: KumaCpConfig, log: Logger, opened: Opened): Promise<void> {
  const { store: opening, leader, place, alone, cluster } = await openStore(config, log)
  if (cluster) opened.add(() => cluster.close())
  opened.add(() => opening.close())
  opened.add(() => leader.close())
  log.info(`resources are kept in ${place}`)

  const zone = config.multizone.zone.name
  const about = await aboutThis(opening)
  const metrics = createMetrics(zone, about)
  metrics.follow(leader)
  const store = metrics.metered(opening)
  const tokens = createTokens({ store, validators: readValidators(config) })
  const tokenKeys = meshTokenKeyRule({ store })
  const { allowedFolders: folders, allowedVariables: variables } = config.dataSources
  const outside = createOutsideData({ folders, variables, environment: process.env })
  const rules = [...standardRules({ store, outside, clock: () => new Date(), unsafeDelete: config.store.unsafeDelete }), tokenKeys]
  await createOwnResources({ store, registry, config, rules, tokens, log })
  const certificates = await loadCertificates(config, log)

  let ready = false
  const { diagnostics, monitoringAssignmentServer: monitoring } = config
  const health = await startDiagnostics({
    host: diagnostics.interface,
    port: diagnostics.serverPort,
    metrics,
    ready: () => ready,
    debugEndpoints: diagnostics.debugEndpoints,
  })
  opened.add(() => health.close())
  opened.tell('diagnostics', health.host, health.port)

  const { authenticator, means } = proxyAuthenticatorOf(config, { tokens, zone, cluster })
  const rotationStepMs = durationMs(config.identities.rotationStep)
  const identities = createIdentityProvider({ store, outside, rotationStepMs })
  opened.add(async () => identities.close())
  const caRecorder = createCaRecorder({ store, leader, outside, rotationStepMs, log: serverLog(log) })
  opened.add(() => caRecorder.close())
  const workloadIdentities = createWorkloadIdentityProvider({ store, zone, outside })
  opened.add(async () => workloadIdentities.close())
  const controlPlane = await createControlPlane({
    store,
    registry,
    zone,
    authenticator,
    identities,
    workloadIdentities,
    leader,
    outside,
    instanceId: about.instanceId,
    alone,
    writer: new ResourceWriter({ store, registry, zone, rules }),
    proxies: { rawCodec: config.policies.rawEnvoyConfiguration ? rawCodec : undefined },
    metrics: metrics.xds,
    log: serverLog(log),
  })
  opened.add(() => controlPlane.close())
  metrics.countResources(() => controlPlane.resourceCounts())
  const { universal } = config.runtime
  const upkeep = createUpkeep({
    store,
    leader,
    outside,
    registry,
    zone,
    meshServiceGraceMs: durationMs(config.meshService.deletionGracePeriod),
    // Those of a cluster go with their Pods.
    dataplaneCleanupMs: cluster ? centuryMs : durationMs(universal.dataplaneCleanupAge),
    zoneProxyCleanupMs: durationMs(universal.zoneResourceCleanupAge),
    defaultGenerators: !config.defaults.skipHostnameGenerators,
    // Controllers make them of the Services of a cluster.
    generatesServices: cluster === undefined,
    log: serverLog(log),
  })
  opened.add(() => upkeep.close())
  const { hds } = config.dpServer
  const reportMs = durationMs(hds.interval)
  const services = hds.enabled ? [createHealthDiscovery({ store, authenticator, reportMs, log: serverLog(log) })] : []
  const ads = createAdsServer({ host: controlPlane, instanceId: about.instanceId, services })
  const drainMs = durationMs(config.dpServer.drainTime)
  opened.add(() => ads.close())
  const proxies = await startProxyServer(config, {
    store,
    authenticator,
    certificate: certificates.proxies,
    grpc: ads.connections(),
    metrics,
    log,
  })
  opened.add(() => proxies.close(drainMs))
  opened.add(followRenewals(certificates.proxies, proxies.renew, log))
  opened.tell(`xDS and bootstrap over TLS, ${means}`, proxies.host, proxies.port)

  const assignments = createMonitoringServer({ store })
  opened.add(() => assignments.close())
  await assignments.listen({ host: monitoring.interface, port: monitoring.port })
  opened.tell('monitoring assignments', monitoring.interface, monitoring.port)

  if (cluster) await startInCluster(config, { api: cluster, store, leader, rules, certificate: certificates.proxies, log, opened })
  await startApis(config, {
    store,
    about,
    tokens,
    controlPlane,
    outside,
    rules: [tokenKeys],
    metrics,
    certificate: certificates.api,
    bootstrap: proxies.bootstrap,
    log,
    opened,
  })
  ready = true
}

async function aboutThis(store: Store): Promise<About> {
  const instanceId = `${hostname()}-${randomUUID().slice(0, 4)}`
  return { product: 'Kuma', version: kumaVersion, hostname: hostname(), instanceId, clusterId: await agreeOnClusterId(store) }
}
