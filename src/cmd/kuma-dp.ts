#!/usr/bin/env node
import { CommanderError } from 'commander'
import { kumaDpProgram } from './dp/program.js'
import { CliFailure } from './failure.js'
import { version } from './version.js'

// Kubernetes' hooks find the program by its name.
process.title = 'kuma-dp'

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const terminal = {
  env: process.env,
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  readStdin,
  exit: (status: number) => {
    process.exitCode = status
  },
}

try {
  await kumaDpProgram(terminal, version).parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else if (error instanceof CliFailure) {
    terminal.err(`Error: ${error.message}\n`)
    process.exitCode = 1
  } else throw error
}
