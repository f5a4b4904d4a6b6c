import type { Issue } from '../../core/issue.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import type { Codec } from '../envoy/encode.js'
import type { RawCodec, RawMessage } from '../raw-codec.js'
import { applyJsonPatches } from './json-patch.js'
import { type Modification, typeUrls } from './modification.js'

/** A modification that can't be made, with the place in its policy. */
export class BadModification extends Error {
  constructor(readonly issues: readonly Pick<Issue, 'path' | 'message'>[]) {
    super(issues.map(({ path, message }) => `${path}: ${message}`).join('; '))
  }
}

/** What one modification does to a message of its target. */
export interface Patcher {
  /** The modification's value: something to add. */
  value<T>(codec: Codec<T>): T
  /** The message with the modification's value or JSON patches applied. */
  message<T>(codec: Codec<T>, message: T): T
  /** The same for the configuration inside a filter. */
  config(config: Any | undefined): Any | undefined
}

/** @param warn is told of unknown fields, which are left out */
export function createPatcher(modification: Modification, raw: RawCodec, warn: (issue: Issue) => void): Patcher {
  const { path, target, jsonPatches = [] } = modification
  let parsed: RawMessage | undefined
  const value = (): RawMessage => {
    parsed ??= parseValue(modification, raw, warn)
    return parsed
  }
  const patched = (message: RawMessage, changes: RawMessage | undefined): RawMessage => {
    if (jsonPatches.length === 0) return changes ? attempt(`${path}.value`, () => raw.merge(message, changes)) : message
    const json = attempt(path, () => applyJsonPatches(raw.toJson(message), jsonPatches))
    const result = raw.fromJson(json, message.typeUrl, { dropUnknown: true })
    if (!result.ok)
      throw new BadModification(result.issues.map((issue) => ({ path: `${path}.jsonPatches`, message: `${issue.path} ${issue.message}` })))
    return result.message
  }
  return {
    value: (codec) => codec.decode(value().bytes),
    message(codec, message) {
      const before = { typeUrl: typeUrls[target], bytes: codec.encode(message).finish() }
      return codec.decode(patched(before, jsonPatches.length > 0 ? undefined : value()).bytes)
    },
    config(config) {
      const changes = jsonPatches.length > 0 ? undefined : typedConfigOf(value(), raw)
      if (!config?.value) return changes ? { typeUrl: changes.typeUrl, value: changes.bytes } : config
      const { typeUrl, bytes } = patched({ typeUrl: config.typeUrl ?? '', bytes: config.value }, changes)
      return { typeUrl, value: bytes }
    },
  }
}

function parseValue({ path, target, value = '' }: Modification, raw: RawCodec, warn: (issue: Issue) => void): RawMessage {
  const result = raw.parse(value, typeUrls[target], { dropUnknown: true })
  const at = (issue: Issue): Issue => ({
    ...issue,
    path: `${path}.value`,
    message: issue.path ? `${issue.path}: ${issue.message}` : issue.message,
  })
  if (!result.ok) throw new BadModification(result.issues.map(at))
  for (const issue of result.issues ?? []) warn(at(issue))
  return result.message
}

/** The configuration inside a filter that a patch writes: only that is merged. */
function typedConfigOf(filter: RawMessage, raw: RawCodec): RawMessage | undefined {
  const { typedConfig } = raw.toJson(filter) as { readonly typedConfig?: unknown }
  if (typedConfig === undefined) return undefined
  const result = raw.fromJson(typedConfig)
  return result.ok ? result.message : undefined
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw new BadModification([{ path, message: (error as Error).message }])
  }
}
