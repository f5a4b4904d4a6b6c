import type { Container, Pod, ServicePort } from '../objects.js'

/** Where a port of a Service leads to in a Pod. */
export interface TargetPort {
  readonly port: number
  /** The container port's name. */
  readonly name?: string
  /** The container that says that it listens there, where one does. */
  readonly container?: Container
}

const tcp = 'TCP'

/** Services' ports that are not TCP are none of the mesh's. */
export function isTcp({ protocol }: Pick<ServicePort, 'protocol'>): boolean {
  return (protocol || tcp) === tcp
}

/**
 * The container port that a Service's port leads to: a number is taken as it is, also where no container names it; a name is looked for
 * among the containers' ports. Undefined where no container has a port of that name.
 */
export function containerPortOf({ spec }: Pod, servicePort: ServicePort): TargetPort | undefined {
  const target = servicePort.targetPort || servicePort.port
  for (const container of spec?.containers ?? []) {
    for (const port of container.ports ?? []) {
      const found = typeof target === 'number' ? port.containerPort === target : port.name === target
      if (found && (port.protocol || tcp) === (servicePort.protocol || tcp)) {
        return { port: port.containerPort, container, ...(port.name && { name: port.name }) }
      }
    }
  }
  return typeof target === 'number' ? { port: target } : undefined
}
