import { setMaxListeners } from 'node:events'
import type { Term } from '../../../core/leader.js'
import type { ClusterObject } from '../../../kubernetes-api/api.js'
import { ApiFailure } from '../../../kubernetes-api/failure.js'
import { ClusterCache, type MadeType, madeTypes } from '../../../kubernetes/controllers/cluster-cache.js'
import type { ObjectKey, WatchedKind } from '../../../kubernetes/controllers/cluster-view.js'
import { clusterAddressesOf } from '../../../kubernetes/controllers/mesh-outcome.js'
import { type Concerned, concernedBy } from '../../../kubernetes/controllers/concerned.js'
import type { Note } from '../../../kubernetes/controllers/outcome.js'
import { outcomeOfPod } from '../../../kubernetes/controllers/pod-outcome.js'
import { outcomeOfService } from '../../../kubernetes/controllers/service-outcome.js'
import type { KubernetesObject } from '../../../kubernetes/objects.js'
import { applyOutcome } from './apply.js'
import type { ControllerOptions } from './controllers.js'
import { createEventRecorder } from './event-recorder.js'
import { inform } from './informer.js'
import { MadeObjects } from './made-objects.js'
import { keepNetworkAttachment } from './network-attachments.js'
import { collectionOf, ownerPaths, watchedPaths } from './places.js'
import { WorkQueue } from './work-queue.js'

interface Task extends ObjectKey {
  /** A Mesh and a Namespace are in no namespace. */
  readonly kind: 'Pod' | 'Service' | 'Mesh' | 'Namespace'
}

const resyncMs = 10 * 60_000

/** The controllers of one term: follows the cluster, and works on what changes. */
export class ControllerRun {
  private readonly cache = new ClusterCache()
  private readonly made: MadeObjects
  private readonly end = new AbortController()
  private readonly queue: WorkQueue<Task>
  private resync: NodeJS.Timeout | undefined
  /** Until all is known, nothing is worked on: what isn't known yet isn't gone. */
  private known = false
  /** By mesh, what was written last. */
  private readonly addresses = new Map<string, string>()

  constructor(
    private readonly options: ControllerOptions,
    private readonly term: Pick<Term, 'write'>,
  ) {
    const { api, registry, log, concurrency = 10 } = options
    const recorder = createEventRecorder(api, 'kuma-cp')
    this.made = new MadeObjects({
      cache: this.cache,
      registry,
      log,
      onMesh: () => this.lookAtAll(),
      onForeign: (tasks) => this.add(tasks),
      onMembers: (mesh) => this.lookAtMesh(mesh),
    })
    this.queue = new WorkQueue<Task>({
      textOf: ({ kind, namespace, name }) => `${kind}/${namespace}/${name}`,
      concurrency,
      work: async (task) => {
        const { kind, name, namespace } = task
        if (kind === 'Mesh') return this.keepAddresses(name)
        if (kind === 'Namespace') return this.keepAttachment(name)
        for (const note of await this.work(kind, task)) {
          const object = this.cache.get(kind, name, namespace)
          if (!object) continue
          await recorder.record(kind, object, note).catch((error: unknown) => this.told('an event could not be written', error))
        }
      },
      onFailure: (error, { kind, namespace, name }, pauseMs) =>
        log.warn('what a cluster object stands for could not be written', {
          object: `${kind} ${namespace}/${name}`,
          error: messageOf(error),
          pauseMs,
        }),
    })
  }

  start(): void {
    void this.follow()
    this.resync = setInterval(() => this.lookAtAll(), this.options.resyncMs ?? resyncMs)
    this.resync.unref()
  }

  async close(): Promise<void> {
    clearInterval(this.resync)
    this.end.abort()
    await this.queue.close()
  }

  private async follow(): Promise<void> {
    const { api } = this.options
    const { signal } = this.end
    // Each of the watches listens, and each of their requests.
    setMaxListeners(0, signal)
    const onFailure = (error: unknown) => this.told('the cluster could not be followed', error)
    const watched = (Object.entries(watchedPaths) as [WatchedKind, string][]).map(([kind, path]) =>
      inform({
        ...{ api, path, signal, onFailure },
        onList: (objects) => this.list(kind, objects),
        onChange: (object, gone) => this.change(kind, object, gone),
      }),
    )
    const made = madeTypes.map((type) =>
      inform({
        ...{ api, path: collectionOf(type), signal, onFailure },
        onList: (objects) => this.made.list(type, objects),
        onChange: (object, gone) => this.made.change(type, object, gone),
      }),
    )
    await Promise.all([...watched, ...made])
    if (signal.aborted) return
    this.known = true
    this.lookAtAll()
  }

  private list(kind: WatchedKind, objects: readonly KubernetesObject[]): void {
    const names = new Set(objects.map(nameOf))
    for (const object of this.cache.list(kind)) if (!names.has(nameOf(object))) this.change(kind, object, true)
    for (const object of objects) this.change(kind, object, false)
  }

  private change(kind: WatchedKind, object: KubernetesObject, gone: boolean): void {
    const before = gone ? this.cache.remove(kind, object) : this.cache.put(kind, object)
    if (before?.metadata?.resourceVersion !== undefined && !gone && before.metadata.resourceVersion === object.metadata?.resourceVersion)
      return
    if (!this.known) return
    if (kind === 'Namespace') this.lookAtNamespace(object)
    if (kind === 'Service') for (const mesh of this.made.meshes()) this.lookAtMesh(mesh)
    const { ignoredServiceSelectorLabels } = this.options.settings
    this.add(concernedBy(kind, before ?? (gone ? object : undefined), gone ? undefined : object, this.cache, ignoredServiceSelectorLabels))
  }

  private add({ pods, services }: Concerned): void {
    if (!this.known) return
    this.queue.add(...pods.map((key): Task => ({ kind: 'Pod', ...key })), ...services.map((key): Task => ({ kind: 'Service', ...key })))
  }

  private lookAtMesh(name: string): void {
    if (this.known) this.queue.add({ kind: 'Mesh', name, namespace: '' })
  }

  private lookAtNamespace({ metadata }: KubernetesObject): void {
    if (this.options.settings.cniEnabled) this.queue.add({ kind: 'Namespace', name: metadata?.name ?? '', namespace: '' })
  }

  private async keepAttachment(name: string): Promise<void> {
    const namespace = this.cache.get('Namespace', name)
    if (namespace) await keepNetworkAttachment(namespace, this.options.api)
  }

  /** What is so already is not written. */
  private async keepAddresses(mesh: string): Promise<void> {
    const resource = clusterAddressesOf(mesh, this.cache)
    const kept = JSON.stringify(resource?.spec)
    if (!resource || this.addresses.get(mesh) === kept) return
    await this.term.write([{ op: 'put', resource }])
    this.addresses.set(mesh, kept)
  }

  /** Pods and Services that are there, and those whose resources are all that is left of them. */
  private lookAtAll(): void {
    const keys = (kind: 'Pod' | 'Service') =>
      this.cache.list(kind).map(({ metadata }) => ({ name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' }))
    // A Mesh that went took its addresses along.
    this.addresses.clear()
    for (const mesh of this.made.meshes()) this.lookAtMesh(mesh)
    for (const namespace of this.cache.list('Namespace')) this.lookAtNamespace(namespace)
    this.add({ pods: [...keys('Pod'), ...this.made.podsOfAll()], services: [...keys('Service'), ...this.made.servicesOfAll()] })
  }

  private async work(kind: 'Pod' | 'Service', key: ObjectKey): Promise<readonly Note[]> {
    const { settings, api, registry } = this.options
    if (kind === 'Pod') await this.findOwners(key)
    const outcome = kind === 'Pod' ? outcomeOfPod(key, this.cache, settings) : outcomeOfService(key, this.cache, settings)
    return applyOutcome(outcome, {
      ...{ api, registry, cache: this.cache },
      onWritten: (type: MadeType, object: ClusterObject) => this.made.change(type, object, false),
      onDeleted: ({ resource, object }) => this.made.change(resource.type as MadeType, object as ClusterObject, true),
    })
  }

  /** An owner's own owner never changes: it is asked for once. */
  private async findOwners({ name, namespace }: ObjectKey): Promise<void> {
    for (const { kind, name: owner } of this.cache.get('Pod', name, namespace)?.metadata?.ownerReferences ?? []) {
      if ((kind !== 'ReplicaSet' && kind !== 'Job') || this.cache.get(kind, owner, namespace)) continue
      const found = await this.options.api.send<KubernetesObject>('GET', ownerPaths[kind](namespace, owner)).catch((error: unknown) => {
        if (error instanceof ApiFailure && error.status === 404) return undefined
        throw error
      })
      if (found) this.cache.put(kind, { metadata: { name: owner, namespace, ownerReferences: found.metadata?.ownerReferences } })
    }
  }

  private told(message: string, error: unknown): void {
    this.options.log.warn(message, { error: messageOf(error) })
  }
}

const nameOf = ({ metadata }: KubernetesObject) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
