import { quantityOf } from '../quantity.js'
import type { ContainerResources } from './settings.js'

/** A CPU limit of 0 means none. */
export function limitsOf({ cpu, memory }: ContainerResources['limits']): Readonly<Record<string, string>> {
  return { ...(quantityOf(cpu) !== 0 && { cpu }), memory }
}
