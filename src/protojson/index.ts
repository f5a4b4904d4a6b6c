/**
 * `@kuma/core/protojson`: any Envoy message from and to proto3 JSON, and the rules that Envoy states for its fields.
 * An entry of its own because it carries descriptors of the whole Envoy API.
 */
import type { RawCodec } from '../translate/raw-codec.js'
import { rawFault } from './raw-fault.js'
import { merge } from './merge.js'
import { fromJson, parse } from './read.js'
import { toJson, validateRules } from './write.js'

export type { RawCodec, RawMessage, RawParse } from '../translate/raw-codec.js'
export { type SnapshotJson, placeholderAdminTls, placeholderCertificate, placeholderIdentity, snapshotJson } from './snapshot-json.js'
export { fromJson, parse, rawFault, toJson, validateRules }

/** The reader and printer that translation takes for raw Envoy configuration. */
export const rawCodec: RawCodec = {
  parse,
  fromJson,
  toJson: ({ typeUrl, bytes }) => toJson(typeUrl, bytes),
  validate: ({ typeUrl, bytes }) => validateRules(typeUrl, bytes),
  merge,
}
