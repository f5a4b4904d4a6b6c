/** Something that has to stand any bytes: what it throws is a finding. */
export interface FuzzTarget {
  /** Inputs to begin with, close to what people send. */
  readonly seeds: readonly (string | Uint8Array)[]
  run(input: Uint8Array): void | Promise<void>
}

/** Made when it is needed: some take a while. */
export type MakeTarget = () => FuzzTarget | Promise<FuzzTarget>
