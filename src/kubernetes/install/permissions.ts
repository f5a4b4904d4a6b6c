/** What the control plane may do in a cluster, and what it does it for. */
export interface Permission {
  /** `''`: the core group. */
  readonly group: string
  readonly resources: readonly string[]
  readonly verbs: readonly Verb[]
  /** Where: everywhere, or in the control plane's own namespace alone. */
  readonly scope: 'cluster' | 'system-namespace'
  /** What would fail without it. */
  readonly why: string
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'delete'

/** @param kinds plural names of the custom resources */
export function permissions(kinds: readonly string[]): readonly Permission[] {
  return [
    {
      group: 'kuma.io',
      resources: kinds,
      verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'],
      scope: 'cluster',
      why: 'the store: resources are read, followed, and written for what the control plane makes itself',
    },
    {
      group: '',
      resources: ['secrets'],
      verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'],
      scope: 'system-namespace',
      why: 'the store: keys of certificate authorities and of tokens are Secrets, and so is what control planes agree on',
    },
    {
      group: '',
      resources: ['configmaps'],
      verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'],
      scope: 'system-namespace',
      why: 'the store: what the control plane keeps for itself, such as virtual addresses, is in ConfigMaps',
    },
    {
      group: 'coordination.k8s.io',
      resources: ['leases'],
      verbs: ['get', 'create', 'update'],
      scope: 'system-namespace',
      why: 'one control plane leads: the one that holds the Lease',
    },
    {
      group: '',
      resources: ['namespaces'],
      verbs: ['get', 'list', 'watch'],
      scope: 'cluster',
      why: 'their labels say which Pods are injected and in which mesh they are',
    },
    {
      group: '',
      resources: ['pods', 'services', 'nodes'],
      verbs: ['list', 'watch'],
      scope: 'cluster',
      why: 'Dataplanes are made of Pods and the Services that select them; nodes say where they are',
    },
    {
      group: '',
      resources: ['pods/finalizers'],
      verbs: ['update'],
      scope: 'cluster',
      why: 'a Dataplane goes before its Pod does, which some clusters ask this right for',
    },
    {
      group: 'discovery.k8s.io',
      resources: ['endpointslices'],
      verbs: ['list', 'watch'],
      scope: 'cluster',
      why: 'Services without a selector say by their EndpointSlices which Pods are theirs',
    },
    {
      group: 'apps',
      resources: ['replicasets'],
      verbs: ['get'],
      scope: 'cluster',
      why: 'the Deployment of a Pod, which names its workload, is the owner of its ReplicaSet',
    },
    {
      group: 'batch',
      resources: ['jobs'],
      verbs: ['get'],
      scope: 'cluster',
      why: 'the CronJob of a Pod, which names its workload, is the owner of its Job',
    },
    {
      group: '',
      resources: ['events'],
      verbs: ['create'],
      scope: 'cluster',
      why: 'what was made of a Pod, or why nothing could be, is told as events of it',
    },
    {
      group: 'k8s.cni.cncf.io',
      resources: ['network-attachment-definitions'],
      verbs: ['get', 'create', 'delete'],
      scope: 'cluster',
      why: 'where a CNI plugin redirects traffic and Multus runs it, namespaces with injected Pods need its definition',
    },
    {
      group: 'authentication.k8s.io',
      resources: ['tokenreviews'],
      verbs: ['create'],
      scope: 'cluster',
      why: 'sidecars prove who they are by the token of their service account',
    },
  ]
}
