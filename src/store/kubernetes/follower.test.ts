import { describe, expect, it } from 'vitest'
import type { KubernetesApi, Query, WatchEvent } from '../../kubernetes-api/api.js'
import { ApiFailure } from '../../kubernetes-api/failure.js'
import { follow } from './follower.js'

const event = (name: string, resourceVersion: string, type: WatchEvent['type'] = 'MODIFIED'): WatchEvent => ({
  type,
  object: { metadata: { name, resourceVersion } },
})

/** Follows a server that answers watch after watch as told, until it is out of answers. */
async function followed(
  answers: readonly (readonly WatchEvent[] | ApiFailure)[],
): Promise<{ heard: string[]; from: (string | undefined)[] }> {
  const end = new AbortController()
  const heard: string[] = []
  const from: (string | undefined)[] = []
  const left = [...answers]
  const api = {
    async *watch(_path: string, { query }: { readonly query?: Query }) {
      from.push(query?.['resourceVersion'])
      const next = left.shift()
      if (left.length === 0) end.abort()
      if (next instanceof ApiFailure) throw next
      yield* next ?? []
    },
  } as unknown as KubernetesApi
  const onEvent = ({ object }: WatchEvent) => heard.push(object.metadata.name)
  await follow({ api, watched: { path: '/a' }, from: '10', signal: end.signal, onEvent, anew: async () => '500' })
  return { heard, from }
}

describe('following a kind', () => {
  it('goes on where the last watch ended, bookmarks included', async () => {
    const { heard, from } = await followed([[event('a', '11'), event('', '20', 'BOOKMARK')], [event('b', '21')], []])
    expect(heard).toEqual(['a', 'b'])
    expect(from).toEqual(['10', '20', '21'])
  })

  it('begins anew where the server has forgotten what came after', async () => {
    const { heard, from } = await followed([[event('a', '11')], ApiFailure.refused(410, '{"reason":"Expired"}'), [event('b', '501')], []])
    expect(heard).toEqual(['a', 'b'])
    expect(from).toEqual(['10', '11', '500', '501'])
  })

  it('goes on after a connection that broke', async () => {
    const { from } = await followed([ApiFailure.unanswered(new Error('cut')), [event('a', '11')], []])
    expect(from).toEqual(['10', '10', '11'])
  })
})
