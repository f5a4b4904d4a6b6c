import type * as z from 'zod'
import type { Issue } from './issue.js'
import type { Resource, ResourceKey } from './resource.js'

/** A rule that a resource breaks: the field's path as the peer's API writes it, and the peer's sentence. */
export interface Violation {
  readonly path: string
  readonly message: string
}

/** How the peer decodes a kind, which decides its messages for wrong types and enums. */
export type Encoding =
  /** Spec fields at the top level; decoded as proto3 JSON (`invalid Mesh object: "..."`, status 400). */
  | 'proto'
  /** Spec fields below `spec`; checked against an OpenAPI schema first (`in body should be one of [...]`). */
  | 'openapi'

/**
 * A kind of resource: everything the parser, the stores and the API need to know of it. The only place that says so.
 */
export interface Kind<Spec = unknown> {
  /** As written in `type:`, e.g. `TrafficRoute`. */
  readonly type: string
  /** Path segment in the REST API, e.g. `traffic-routes`. */
  readonly plural: string
  /** Other path segments that the REST API answers to, e.g. `global-secrets`. */
  readonly aliases?: readonly string[]
  /** Short name in resource identifiers (KRI), e.g. `tr`; kinds without one have no KRI. */
  readonly shortName?: string
  /** Human name in one and many, as `GET /_resources` gives them. */
  readonly displayName: { readonly singular: string; readonly plural: string }
  readonly scope: 'Mesh' | 'Global'
  readonly encoding: Encoding
  /** Which policy family the kind belongs to, if any. */
  readonly policy?: PolicyTraits
  /** Written by the control plane alone: the API refuses writes. */
  readonly readOnly?: boolean
  /** Plain CRUD is for administrators only. */
  readonly adminOnly?: boolean
  readonly hasStatus?: boolean
  /** Part of what a zone hands over when it joins a global control plane, as `GET /_resources` says. */
  readonly includeInFederation?: boolean
  /**
   * Zones create it: what they store carries the labels of their origin, zone and environment. Default: OpenAPI kinds are
   * created by zones, proto kinds are not. Source: KDS flag ProvidedByZone.
   */
  readonly providedByZone?: boolean
  /** Of kinds that are proxies: the value of label `kuma.io/proxy-type`. */
  proxyType?(spec: Spec): string
  /** Further labels that follow from the spec; `undefined` takes one away. */
  labels?(spec: Spec): Readonly<Record<string, string | undefined>>
  /** Of kinds that traffic goes to: their ports and, by name or number, the sections that stand for them in SNIs. */
  destinations?(spec: Spec): readonly { readonly port: number; readonly section: string }[]
  /** Shape of the spec. A function, so that kinds that nobody parses cost nothing. */
  readonly schema: () => z.ZodType<Spec>
  /** Older spelling to today's, before the schema looks at it. Reports a `deprecated` issue for each rewrite. */
  modernise?(spec: unknown, report: (issue: Issue) => void): unknown
  /** Fields at the top of the spec that had another JSON type in older spelling. */
  readonly retyped?: readonly string[]
  /** Rules that the schema can't say, in the peer's order. Runs only on specs that fit the schema. */
  validate?(spec: Spec, context: ValidationContext): Violation[]
  /** Rules and defaults that need what is stored already. Runs when a valid resource is to be stored. */
  admit?(resource: Resource<Spec>, context: AdmissionContext<Spec>): Admitted<Spec>
  /** The spec with what the control plane keeps up to date in it as other resources come and go. */
  upkeep?(spec: Spec, context: { readonly zone: string; readonly resources: readonly Resource[] }): Spec
}

/** What a control plane knows when it is asked to store a resource. */
export interface AdmissionContext<Spec = unknown> {
  /** Name of the control plane's zone. */
  readonly zone: string
  /** The Mesh that the resource is in. */
  readonly mesh?: Resource
  /** What is stored under the same key now. */
  readonly previous?: Resource<Spec>
  find(key: ResourceKey): Resource | undefined
  /** Whether a mesh may go over to another CA backend while its mTLS is on. Default: false, as in Kuma. */
  readonly mayChangeCa?: boolean
  /** Looks at a provided CA's certificate and key, both PEM. Left out: only that they are there is looked at. */
  checkCaPair?(pair: { readonly certificate: string; readonly privateKey: string }): readonly Violation[]
}

/** What becomes of a resource that is to be stored: its spec with defaults, or why it is not taken. */
export type Admitted<Spec> =
  | { readonly spec: Spec }
  | { readonly violations: readonly Violation[] }
  | { readonly error: { readonly status: number; readonly title?: string; readonly detail: string; readonly reason?: string } }

export interface PolicyTraits {
  /** `targetRef`: Mesh* policies. `sourceDestination` and `selectors`: the older ones. */
  readonly matching: 'targetRef' | 'sourceDestination' | 'selectors'
  readonly hasToTargetRef?: boolean
  readonly hasFromTargetRef?: boolean
  readonly hasRulesTargetRef?: boolean
  /** Whether `from` entries act as `rules`, as `GET /_resources` says. */
  readonly isFromAsRules?: boolean
  /** What an entry of `to` configures, where that is not its `default` (route policies). */
  toConf?(entry: unknown): unknown
  readonly merge?: MergeTraits
}

/** How the confs of several policies become one, beyond merging field by field and joining the lists named `append...`. */
export interface MergeTraits {
  /** A list of texts at the top of the conf: there is one conf for each of its values. Source: `policyMerge:"mergeValues"`. */
  readonly splitBy?: string
  /**
   * A list at the top of the conf whose entries merge where their keys are equal: the field with the list, and the fields of
   * an entry that hold its key and what merges. Stronger policies' entries come first. Source: `policyMerge:"mergeValuesByKey"`.
   */
  readonly keyedList?: { readonly field: string; readonly key: string; readonly value: string }
}

export interface ValidationContext {
  readonly name: string
  readonly mesh?: string
  readonly labels: Readonly<Record<string, string>>
  /** Absent where nothing can judge raw Envoy configuration: then it is taken, and translation reports what it can't read. */
  readonly rawFault?: RawFault
}

export interface RawFaultOptions {
  /** The message that the text must be; without it, the text says so itself with `@type`. */
  readonly typeUrl?: string
  /** Whether it is only a part, which keeps no rules by itself. */
  readonly partial?: boolean
}

/** What is wrong with raw Envoy configuration (YAML or JSON), in the peer's words; `undefined`: nothing. */
export type RawFault = (text: string, options?: RawFaultOptions) => string | undefined

/** Declares a kind; only there so that `Spec` is inferred from the schema. */
export function defineKind<Spec>(kind: Kind<Spec>): Kind<Spec> {
  return kind
}

/** A resource of the given kind, where the resource's type says that it is one. */
export function isOfKind<Spec>(kind: Kind<Spec>, resource: Resource): resource is Resource<Spec> {
  return resource.type === kind.type
}

/** The kinds that a program works with, by type and by REST path. */
export interface Registry {
  readonly kinds: readonly Kind[]
  byType(type: string): Kind | undefined
  byPlural(plural: string): Kind | undefined
}

export function createRegistry(kinds: readonly Kind[]): Registry {
  const types = new Map(kinds.map((k) => [k.type, k]))
  const plurals = new Map(kinds.flatMap((k) => [k.plural, ...(k.aliases ?? [])].map((p) => [p, k] as const)))
  return { kinds, byType: (type) => types.get(type), byPlural: (plural) => plurals.get(plural) }
}
