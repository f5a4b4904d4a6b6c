import { spawn } from 'node:child_process'

/** What a program printed, and its exit status; 1 where it could not be started. */
export interface ProgramRun {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs a program to its end. @param input its standard input */
export function runProgram(program: string, args: readonly string[], input = ''): Promise<ProgramRun> {
  const child = spawn(program, args, { stdio: 'pipe' })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  // A program that ends before it has read everything says why by its status.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: 1, out, err: error.message }))
    child.once('close', (status) => resolve({ status: status ?? 1, out, err }))
  })
}
