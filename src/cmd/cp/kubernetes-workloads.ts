import { readFile } from 'node:fs/promises'
import type { Leader } from '../../core/leader.js'
import type { Store } from '../../core/store.js'
import type { KubernetesApi } from '../../kubernetes-api/api.js'
import type { InjectionContext } from '../../kubernetes/injector/settings.js'
import { admissionPaths } from '../../kubernetes/install/webhooks.js'
import type { AdmissionHandler } from '../../server/kubernetes/admission/server.js'
import { createControllers } from '../../server/kubernetes/controllers/controllers.js'
import { createInjectorHandler } from '../../server/kubernetes/injector/handler.js'
import { registry } from '../../translate/kinds.js'
import type { Logger } from '../log.js'
import type { KumaCpConfig } from './config.js'
import type { Opened } from './opened.js'
import { serverLog } from './server-log.js'

interface WorkloadParts {
  readonly api: KubernetesApi
  readonly log: Logger
}

/** Since this minor version of Kubernetes 1 init containers may go on running beside the others. */
const nativeSidecarsSince = 29

/** Makes Dataplanes and MeshServices of the cluster's Pods and Services, as long as this control plane leads. */
export function startControllers(
  config: KumaCpConfig,
  { api, leader, log, opened }: WorkloadParts & { readonly leader: Leader; readonly opened: Opened },
): void {
  const { injector, workloadLabels, controllersConcurrency } = config.runtime.kubernetes
  const controllers = createControllers({
    ...{ api, leader, registry },
    settings: {
      zone: config.multizone.zone.name,
      systemNamespace: config.store.kubernetes.systemNamespace,
      nodeLabelsToCopy: injector.nodeLabelsToCopy,
      workloadLabels,
      inboundTagsDisabled: config.experimental.inboundTagsDisabled,
      ignoredServiceSelectorLabels: injector.ignoredServiceSelectorLabels,
      cniEnabled: injector.cniEnabled,
    },
    concurrency: controllersConcurrency.podController,
    log: serverLog(log),
  })
  opened.add(() => controllers.close())
}

/** The webhook that gives Pods their sidecars, by its path. */
export async function injectorHandlers(
  config: KumaCpConfig,
  { api, store, certificate, log }: WorkloadParts & { readonly store: Pick<Store, 'get'>; readonly certificate: string },
): Promise<Readonly<Record<string, AdmissionHandler>>> {
  const handler = createInjectorHandler({
    ...{ api, store },
    systemNamespace: config.store.kubernetes.systemNamespace,
    context: await injectionContext(config, api, certificate, log),
    log: serverLog(log),
  })
  return { [admissionPaths.injection]: handler }
}

async function injectionContext(config: KumaCpConfig, api: KubernetesApi, certificate: string, log: Logger): Promise<InjectionContext> {
  const { injector, controlPlaneServiceName } = config.runtime.kubernetes
  const { sidecarContainers, deltaXds } = config.experimental
  return {
    settings: injector,
    controlPlaneUrl: `https://${controlPlaneServiceName}.${config.store.kubernetes.systemNamespace}:${config.dpServer.port}`,
    controlPlaneCaCert: injector.caCertFile ? await readFile(injector.caCertFile, 'utf8') : certificate,
    adminPort: config.bootstrapServer.params.adminPort,
    nativeSidecars: sidecarContainers && (await hasNativeSidecars(api, log)),
    deltaXds,
  }
}

async function hasNativeSidecars(api: KubernetesApi, log: Logger): Promise<boolean> {
  const { major, minor } = await api.send<{ readonly major?: string; readonly minor?: string }>('GET', '/version')
  // Some clusters write "29+".
  const there = Number(major) > 1 || Number.parseInt(minor ?? '', 10) >= nativeSidecarsSince
  if (!there) log.warn(`Kubernetes ${major}.${minor} has no native sidecars: sidecars run beside the application`)
  return there
}
