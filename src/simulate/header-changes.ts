import { HeaderValueOption_HeaderAppendAction, type HeaderValueOption } from '../gen/envoy/config/core/v3/base.js'
import type { HttpMessage } from './request.js'
import { Unevaluated } from './unevaluated.js'

interface HeaderChanges {
  readonly requestHeadersToAdd?: readonly HeaderValueOption[]
  readonly requestHeadersToRemove?: readonly string[]
}

/** The message with the headers that routes change, the most specific place first; each removes before it adds. */
export function changeHeaders(message: HttpMessage, places: readonly (HeaderChanges | undefined)[]): HttpMessage {
  const headers = new Map(message.headers)
  const changed = { ...message, headers }
  for (const { requestHeadersToAdd = [], requestHeadersToRemove = [] } of places.flatMap((place) => place ?? [])) {
    for (const name of requestHeadersToRemove) headers.delete(name.toLowerCase())
    for (const option of requestHeadersToAdd) addHeader(changed, headers, option)
  }
  return changed
}

function addHeader(
  message: HttpMessage,
  headers: Map<string, readonly string[]>,
  { header, appendAction, append, keepEmptyValue }: HeaderValueOption,
) {
  const { APPEND_IF_EXISTS_OR_ADD, ADD_IF_ABSENT, OVERWRITE_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction
  const name = (header?.key ?? '').toLowerCase()
  const value = literal(header?.value ?? '')
  if (value === '' && !keepEmptyValue) return
  const action =
    append === undefined ? (appendAction ?? APPEND_IF_EXISTS_OR_ADD) : append ? APPEND_IF_EXISTS_OR_ADD : OVERWRITE_IF_EXISTS_OR_ADD
  if (name === ':authority' || name === 'host') {
    message.authority = value
    return
  }
  if (name.startsWith(':')) throw new Unevaluated(`a change of the header ${name}`)
  const known = headers.get(name)
  if (action === APPEND_IF_EXISTS_OR_ADD) headers.set(name, [...(known ?? []), value])
  else if (action === ADD_IF_ABSENT) headers.set(name, known ?? [value])
  else if (action === OVERWRITE_IF_EXISTS_OR_ADD || known) headers.set(name, [value])
}

/** Values may hold commands like `%PROTOCOL%`, which only Envoy can tell; `%%` is a percent sign. */
function literal(value: string): string {
  return value.replaceAll('%%', '%')
}
