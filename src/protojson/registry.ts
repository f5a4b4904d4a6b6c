import protobuf from 'protobufjs/light.js'
import { KumaError } from '../core/errors.js'
import { descriptor } from '../gen/descriptor.js'

let loaded: protobuf.Root | undefined

/** All messages of the Envoy API that can be read here. Made on first use: it takes a tenth of a second. */
function registry(): protobuf.Root {
  if (!loaded) {
    loaded = protobuf.Root.fromJSON(JSON.parse(descriptor))
    loaded.resolveAll()
  }
  return loaded
}

/** The message type that a type URL (or a bare full name) means, if it is known. */
export function findType(typeUrl: string): protobuf.Type | undefined {
  const found = registry().lookup(typeUrl.slice(typeUrl.lastIndexOf('/') + 1), [protobuf.Type], true)
  return found instanceof protobuf.Type ? found : undefined
}

/** @throws KumaError `invalid-message` */
export function decode(typeUrl: string, bytes: Uint8Array): { type: protobuf.Type; message: protobuf.Message } {
  const type = findType(typeUrl)
  if (!type) throw new KumaError('invalid-message', `no message type is known as "${typeUrl}"`)
  try {
    return { type, message: type.decode(bytes) }
  } catch (cause) {
    throw new KumaError('invalid-message', `these bytes are not a ${typeName(type)}: ${(cause as Error).message}`, { cause })
  }
}

/** `envoy.config.cluster.v3.Cluster` */
export function typeName(type: protobuf.Type): string {
  return type.fullName.replace(/^\./, '')
}
