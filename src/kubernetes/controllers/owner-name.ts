import type { KubernetesObject, OwnerReference, Pod } from '../objects.js'

/** Finds an object of the Pod's namespace that owns others. */
export type FindOwner = (kind: string, name: string) => KubernetesObject | undefined

export interface OwnerName {
  readonly kind: string
  readonly name: string
}

/** What stands above an owner, where something does. */
const above: Readonly<Record<string, string>> = { ReplicaSet: 'Deployment', Job: 'CronJob' }

/** What a Pod belongs to, by the name that its author gave it: the Deployment, CronJob, DaemonSet, ...; itself where it is alone. */
export function ownerName(pod: Pod, findOwner: FindOwner): OwnerName {
  for (const owner of pod.metadata?.ownerReferences ?? []) {
    const top = topOf(owner, findOwner)
    if (top) return top
  }
  return { kind: 'Pod', name: pod.metadata?.name ?? '' }
}

function topOf({ kind, name }: OwnerReference, findOwner: FindOwner): OwnerName | undefined {
  if (!Object.hasOwn(above, kind)) return { kind, name }
  const owners = findOwner(kind, name)?.metadata?.ownerReferences ?? []
  if (owners.length === 0) return { kind, name }
  const top = owners.find((owner) => owner.kind === above[kind])
  return top && { kind: top.kind, name: top.name }
}
