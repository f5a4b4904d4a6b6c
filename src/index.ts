/**
 * The front door of `@kuma/core`: read resources, translate them, keep whole meshes as fleets. Pure: it runs in browsers.
 * Servers, stores and testing tools are entries of their own.
 */
export { type Issue, type IssueLevel, type Position, hasErrors } from './core/issue.js'
export { KumaError, type KumaErrorCode, kumaErrorCodes } from './core/errors.js'
export { type Labels, type Resource, type ResourceKey, keyOf } from './core/resource.js'
export { type Kind, type Registry, type Violation, createRegistry, defineKind, isOfKind } from './core/kind.js'
export { type ParseOptions, type ParseResult, type ParsedItem, parse, parseObject } from './core/parse.js'
export { type PrintOptions, print, toKubernetes, toUniversal } from './core/print.js'
export { type ErrorBody, type Refusal, toErrorBody } from './core/refusal.js'
export type { ChangeEvent, ListQuery, Listing, Store, Stored, Write } from './core/store.js'
export { kinds, registry } from './translate/kinds.js'
export {
  type Fleet,
  type FleetChange,
  type FleetOptions,
  type FleetUpdate,
  type ProxyChange,
  type ProxyKey,
  type ResourceChange,
  createFleet,
} from './translate/fleet.js'
export { type TranslateInput, translate } from './translate/translate-one.js'
export type { ProxyOptions, Translation } from './translate/translate.js'
export {
  type BootstrapOptions,
  type BootstrapRequest,
  type ControlPlaneAddress,
  bootstrap,
  bootstrapBytes,
  bootstrapTypeUrl,
} from './translate/bootstrap.js'
export type { IdentityMaterial } from './translate/secrets.js'
export { type ResourceTypeName, type SealedResource, type Snapshot, resourceTypes } from './translate/snapshot.js'
