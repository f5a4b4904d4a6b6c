/** A proxy: its Dataplane's mesh and name, or the name of a ZoneIngress or ZoneEgress, which are in no mesh. */
export interface ProxyKey {
  readonly mesh?: string
  readonly name: string
  /** Which zone proxy, should an ingress and an egress have the same name. */
  readonly type?: string
}
