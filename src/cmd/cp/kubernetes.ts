import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { KumaError } from '../../core/errors.js'
import { KubernetesApi } from '../../kubernetes-api/api.js'
import { createLeaseLeader } from '../../server/kubernetes/lease-leader.js'
import type { KubernetesStore } from '../../store/kubernetes.js'
import { registry } from '../../translate/kinds.js'
import type { Logger } from '../log.js'
import { ConfigFault, type KumaCpConfig } from './config.js'
import { serverLog } from './server-log.js'
import { durationMs } from './setting.js'
import type { OpenedStore } from './storage.js'

const firstPauseMs = 1000
const longestPauseMs = 30_000

/**
 * Opens the store in the cluster that the control plane runs in, or that `KUBECONFIG` names, and waits for as long as it takes for
 * an API server that gives no answer.
 * @throws ConfigFault that names what to look at
 */
export async function openInCluster(config: KumaCpConfig, log: Logger): Promise<OpenedStore> {
  const { systemNamespace } = config.store.kubernetes
  const { openKubernetesStore, mayHeal, findCluster } = await driver()
  const onProblem = (problem: string) => log.warn(problem)
  const open = async (): Promise<KubernetesStore> => {
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        return await openKubernetesStore({ kinds: registry.kinds, systemNamespace, onProblem })
      } catch (error) {
        if (!mayHeal(error)) throw faultOf(error)
        log.warn(`${faultOf(error).message}; trying again in ${pause / 1000} s`)
        await sleep(pause)
      }
    }
  }
  const store = await open()
  const api = new KubernetesApi(await findCluster())
  const identity = `${hostname()}-${randomUUID()}`
  const leader = createLeaseLeader({ api, namespace: systemNamespace, identity, store, log: serverLog(log), ...leaseOf(config) })
  return { store, leader, place: `the cluster, namespace ${systemNamespace}`, alone: false, cluster: api }
}

function leaseOf({ runtime }: KumaCpConfig): { readonly leaseMs: number; readonly renewDeadlineMs: number } {
  const { leaseDuration, renewDeadline } = runtime.kubernetes.leaderElection
  return { leaseMs: durationMs(leaseDuration), renewDeadlineMs: durationMs(renewDeadline) }
}

function faultOf(error: unknown): Error {
  if (!(error instanceof KumaError)) return error as Error
  return new ConfigFault(`the cluster (KUBECONFIG, or the service account of the Pod): ${error.message}`)
}

async function driver(): Promise<typeof import('../../store/kubernetes.js') & typeof import('../../kubernetes-api/connection.js')> {
  try {
    return { ...(await import('../../store/kubernetes.js')), ...(await import('../../kubernetes-api/connection.js')) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const remedy = 'npm install @kubernetes/client-node'
    throw new ConfigFault(
      `store.type (KUMA_STORE_TYPE): a cluster needs the package "@kubernetes/client-node", which is not there: ${remedy}`,
    )
  }
}
