import type { Leader } from '../../core/leader.js'
import type { Store } from '../../core/store.js'
import type { KubernetesApi } from '../../kubernetes-api/api.js'
import { createMeshCompanions } from '../../server/kubernetes/mesh-companions.js'
import { createMeshObjects } from '../../server/kubernetes/mesh-objects.js'
import type { OwnCertificate } from '../../server/own-certificate.js'
import type { WriteRule } from '../../server/resource-writer.js'
import { registry } from '../../translate/kinds.js'
import type { Logger } from '../log.js'
import type { KumaCpConfig } from './config.js'
import { startAdmission } from './kubernetes-admission.js'
import { injectorHandlers, startControllers } from './kubernetes-workloads.js'
import type { Opened } from './opened.js'
import { serverLog } from './server-log.js'

export interface ClusterParts {
  readonly api: KubernetesApi
  readonly store: Store
  readonly leader: Leader
  readonly rules: readonly WriteRule[]
  /** Of the other servers. */
  readonly certificate: OwnCertificate
  readonly log: Logger
  readonly opened: Opened
}

/** What a control plane does in a cluster: it answers the API server, gives Meshes what comes with them, and makes Dataplanes of Pods. */
export async function startInCluster(config: KumaCpConfig, parts: ClusterParts): Promise<void> {
  const { api, store, leader, rules, certificate, log, opened } = parts
  const meshes = createMeshObjects(api)
  const handlers = await injectorHandlers(config, { api, store, certificate: certificate.certificate, log })
  await startAdmission(config, { store, rules, certificate, meshUid: meshes.uidOf, handlers, log, opened })
  const { systemNamespace } = config.store.kubernetes
  const place = { zone: config.multizone.zone.name, systemNamespace }
  const companions = createMeshCompanions({ store, leader, registry, rules, marks: meshes, ...place, log: serverLog(log) })
  opened.add(() => companions.close())
  startControllers(config, { api, leader, log, opened })
}
