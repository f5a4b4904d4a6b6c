import { HeaderValueOption_HeaderAppendAction, type HeaderValueOption } from '../gen/envoy/config/core/v3/base.js'
import type { HttpMessage } from './request.js'
import { Unevaluated } from './unevaluated.js'

interface HeaderChanges {
  readonly requestHeadersToAdd?: readonly HeaderValueOption[]
  readonly requestHeadersToRemove?: readonly string[]
}

/**
 * The message with the headers that routes change, the most specific place first. Each place removes, then overwrites, then adds;
 * what asks whether a header is there asks what came in.
 */
export function changeHeaders(message: HttpMessage, places: readonly (HeaderChanges | undefined)[]): HttpMessage {
  const headers = new Map(message.headers)
  const changed = { ...message, headers }
  for (const { requestHeadersToAdd = [], requestHeadersToRemove = [] } of places.flatMap((place) => place ?? [])) {
    for (const name of requestHeadersToRemove) headers.delete(name.toLowerCase())
    const changes = requestHeadersToAdd.map(readChange).filter(({ name, value, keepEmpty, when }) => {
      const there = headers.has(name)
      return (value !== '' || keepEmpty) && (when === 'always' || (when === 'there') === there)
    })
    for (const { name, value } of changes.filter(({ overwrites }) => overwrites)) {
      if (name === ':authority' || name === 'host') changed.authority = value
      else headers.set(name, [value])
    }
    for (const { name, value } of changes.filter(({ overwrites }) => !overwrites)) headers.set(name, [...(headers.get(name) ?? []), value])
  }
  return changed
}

interface HeaderChange {
  readonly name: string
  readonly value: string
  readonly keepEmpty: boolean
  readonly overwrites: boolean
  readonly when: 'always' | 'there' | 'absent'
}

function readChange({ header, appendAction, append, keepEmptyValue = false }: HeaderValueOption): HeaderChange {
  const { APPEND_IF_EXISTS_OR_ADD, ADD_IF_ABSENT, OVERWRITE_IF_EXISTS, OVERWRITE_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction
  const older = append ? APPEND_IF_EXISTS_OR_ADD : OVERWRITE_IF_EXISTS_OR_ADD
  const action = append === undefined ? (appendAction ?? APPEND_IF_EXISTS_OR_ADD) : older
  const name = (header?.key ?? '').toLowerCase()
  const overwrites = action === OVERWRITE_IF_EXISTS || action === OVERWRITE_IF_EXISTS_OR_ADD
  const special = name.startsWith(':') || name === 'host'
  if (special && !(overwrites && (name === ':authority' || name === 'host'))) throw new Unevaluated(`a change of the header ${name}`)
  const when = action === ADD_IF_ABSENT ? 'absent' : action === OVERWRITE_IF_EXISTS ? 'there' : 'always'
  return { name, value: literal(header?.value ?? ''), keepEmpty: keepEmptyValue, overwrites, when }
}

/** Values may hold commands like `%PROTOCOL%`, which only Envoy can tell; `%%` is a percent sign. */
function literal(value: string): string {
  if (value.replaceAll('%%', '').includes('%')) throw new Unevaluated(`the header value ${JSON.stringify(value)}`)
  return value.replaceAll('%%', '%')
}
