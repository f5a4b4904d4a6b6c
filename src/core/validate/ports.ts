import type { Place } from './violations.js'

/** A TCP or UDP port in source/destination policies, Mesh and Dataplane. Not set counts as 0. */
export function checkPort(at: Place, port: number | undefined): void {
  if (!port || port > 65535) at.add('port must be in the range [1, 65535]')
}
