#!/usr/bin/env node
import { CommanderError } from 'commander'
import { registry } from '../translate/kinds.js'
import { CliFailure, ExitStatus } from './kumactl/failure.js'
import { kumactlProgram } from './kumactl/program.js'
import { version } from './version.js'

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const terminal = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  readStdin,
  now: () => new Date(),
  registry,
  colours: process.stdout.isTTY === true && !process.env['NO_COLOR'],
}

try {
  await kumactlProgram(terminal, version).parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else if (error instanceof ExitStatus) process.exitCode = error.status
  else if (error instanceof CliFailure) {
    terminal.err(`Error: ${error.message}\n`)
    process.exitCode = 1
  } else throw error
}
