import type { Issue } from '../core/issue.js'

/** A message of any type, encoded: what a `google.protobuf.Any` holds. */
export interface RawMessage {
  /** `type.googleapis.com/envoy.config.cluster.v3.Cluster` */
  readonly typeUrl: string
  readonly bytes: Uint8Array
}

/** Paths of issues start at the message: `filterChains[0].filters[1].typedConfig.statPrefix`. */
export type RawParse =
  /** `issues`: warnings of what was left out. */
  | { readonly ok: true; readonly message: RawMessage; readonly issues?: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

export interface RawReadOptions {
  /** Leave unknown fields out, with a warning each, as Kuma does in silence. Default: they are errors. */
  readonly dropUnknown?: boolean
}

/**
 * Reads and prints Envoy configuration as users write it: JSON or YAML of any Envoy message. A port, because it needs
 * descriptors of the whole Envoy API: `@kuma/core/protojson` has the implementation, and whoever translates policies that
 * hold raw configuration hands it in.
 */
export interface RawCodec {
  /**
   * Reads JSON or YAML text. Strict: unknown fields, wrong types, unknown enum names, two members of a oneof and unknown
   * message types are issues, inside nested `Any` too. Equal content gives equal bytes, whatever the order of keys.
   * @param typeUrl what the text must be; without it, the text says so itself with `@type`
   */
  parse(text: string, typeUrl?: string, options?: RawReadOptions): RawParse
  /** The same for a value that was parsed from JSON or YAML already. */
  fromJson(value: unknown, typeUrl?: string, options?: RawReadOptions): RawParse
  /**
   * Canonical proto3 JSON, every nested `Any` expanded. Without `@type` at the top.
   * @throws KumaError `invalid-message` when the type is not known or the bytes are not of that type
   */
  toJson(message: RawMessage): unknown
  /**
   * Checks the rules that Envoy's API states for its fields, inside nested `Any` too: Envoy refuses what breaks them.
   * @throws KumaError `invalid-message`
   */
  validate(message: RawMessage): readonly Issue[]
  /**
   * The message with another of its type merged in, as protobuf merges: fields that are set win, lists grow, messages merge field
   * by field, entries of maps are replaced. Durations are replaced too, whole.
   * @throws KumaError `invalid-message` when a type is not known, bytes are not of that type, or the types differ
   */
  merge(base: RawMessage, changes: RawMessage): RawMessage
}
