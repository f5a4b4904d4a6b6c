import { Counter, Histogram, type Registry } from 'prom-client'
import { KumaError } from '../../../core/errors.js'
import type { Store, Write } from '../../../core/store.js'

/** A store whose work is measured: `store` in seconds, and `store_conflicts`. Source: Kuma 2.14's metered store. */
export function meteredStore(store: Store, registry: Registry): Store {
  const registers = [registry]
  const duration = new Histogram({
    name: 'store',
    help: 'Operations on the store, in seconds; those of one transaction take as long as it does',
    labelNames: ['operation', 'resource_type'],
    registers,
  })
  const conflicts = new Counter({
    name: 'store_conflicts',
    help: 'Writes that came to nothing because somebody else wrote the same',
    labelNames: ['resource_type'],
    registers,
  })

  async function measured<T>(work: Promise<T>, did: readonly (readonly [operation: string, type: string])[]): Promise<T> {
    const start = performance.now()
    try {
      return await work
    } catch (error) {
      if (error instanceof KumaError && error.code === 'conflict') for (const [, type] of did) conflicts.inc({ resource_type: type })
      throw error
    } finally {
      const seconds = (performance.now() - start) / 1000
      for (const [operation, type] of did) duration.observe({ operation, resource_type: type }, seconds)
    }
  }

  return {
    write: (writes) => measured(store.write(writes), writes.map(operationOf)),
    get: (key) => measured(store.get(key), [['get', key.type]]),
    list: (query) => measured(store.list(query), [['list', query?.type ?? '']]),
    watch: (...told) => store.watch(...told),
    close: () => store.close(),
  }
}

function operationOf(write: Write): readonly [operation: string, type: string] {
  if (write.op === 'delete') return ['delete', write.key.type]
  return [write.expect === 'absent' ? 'create' : 'update', write.resource.type]
}
