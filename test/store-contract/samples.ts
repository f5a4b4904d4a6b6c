import { expect } from 'vitest'
import { KumaError, type KumaErrorCode } from '../../src/core/errors.js'
import type { Resource, ResourceKey } from '../../src/core/resource.js'
import type { ChangeEvent, Store, StoreOptions, Write } from '../../src/core/store.js'

/** Opens an empty store, which is closed after the test. */
export type Create = (options?: StoreOptions) => Promise<Store>

export async function withMesh(create: Create, options: StoreOptions = {}): Promise<Store> {
  const store = await create(options)
  await store.write([put(mesh())])
  return store
}

export const mesh = (name = 'default', spec: unknown = {}): Resource => ({ type: 'Mesh', name, labels: {}, spec })
export const dataplane = (name: string, spec: unknown = {}, inMesh = 'default'): Resource => ({
  type: 'Dataplane',
  mesh: inMesh,
  name,
  labels: {},
  spec,
})
export const insight = (name: string, spec: unknown = {}, inMesh = 'default'): Resource => ({
  ...dataplane(name, spec, inMesh),
  type: 'DataplaneInsight',
})
export const put = (resource: Resource, expected?: number | 'absent'): Write => ({ op: 'put', resource, expect: expected })
export const remove = (key: ResourceKey, expected?: number): Write => ({ op: 'delete', key, expect: expected })

export const key = ({ type, mesh: inMesh, name }: ResourceKey): ResourceKey =>
  inMesh === undefined ? { type, name } : { type, mesh: inMesh, name }

/** `+Dataplane/default/dp-1`, `-Mesh//default`: what happened, for comparing. */
export const brief = (events: readonly ChangeEvent[]) =>
  events.map((e) => `${e.op === 'put' ? '+' : '-'}${e.key.type}/${e.key.mesh ?? ''}/${e.key.name}`)

/** Fails with the code, whatever the message. */
export async function expectCode(action: Promise<unknown>, code: KumaErrorCode): Promise<void> {
  const error = await action.then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(KumaError)
  expect((error as KumaError).code).toBe(code)
}

/** Waits until the events that are on their way have been delivered: a watcher that comes later has heard by then. */
export async function settled(store: Store): Promise<void> {
  const never = Number.MAX_SAFE_INTEGER
  await new Promise<void>((resolve) => {
    const stop = store.watch(() => {
      stop()
      resolve()
    }, never)
  })
  await new Promise((resolve) => setImmediate(resolve))
}
