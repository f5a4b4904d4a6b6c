import type { KubernetesApi } from '../../../kubernetes-api/api.js'
import type { KubernetesObject } from '../../../kubernetes/objects.js'
import type { Note } from '../../../kubernetes/controllers/outcome.js'

export interface EventRecorder {
  /** Tells the author of an object: `kubectl describe` shows it. What was told of it last isn't told again. */
  record(kind: string, object: KubernetesObject, note: Note): Promise<void>
}

/** The same warning of the same object is told again after so long, in milliseconds: events are forgotten after an hour. */
const repeatMs = 30 * 60_000
const remembered = 10_000

/** @param component who tells */
export function createEventRecorder(api: Pick<KubernetesApi, 'send'>, component: string): EventRecorder {
  const told = new Map<string, { readonly text: string; readonly at: number }>()
  return {
    async record(kind, { metadata }, { type, reason, message }) {
      const { name = '', namespace = '', uid = '' } = metadata ?? {}
      const subject = `${kind}/${namespace}/${name}/${reason}`
      const last = told.get(subject)
      const now = Date.now()
      if (type === 'Warning' && last?.text === message && now - last.at < repeatMs) return
      told.delete(subject)
      told.set(subject, { text: message, at: now })
      if (told.size > remembered) told.delete(told.keys().next().value ?? '')
      const timestamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
      await api.send('POST', `/api/v1/namespaces/${namespace}/events`, {
        body: {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: `${name}.${now.toString(16)}${Math.floor(Math.random() * 0xffff).toString(16)}`.slice(-253), namespace },
          involvedObject: { apiVersion: 'v1', kind, name, namespace, uid },
          type,
          reason,
          message: message.slice(0, 1024),
          source: { component },
          firstTimestamp: timestamp,
          lastTimestamp: timestamp,
          count: 1,
        },
      })
    },
  }
}
