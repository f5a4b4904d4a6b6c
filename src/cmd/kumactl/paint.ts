import { styleText } from 'node:util'
import type { Terminal } from './context.js'

type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold'

/** Colours for people who read on a terminal; plain text for everybody else. */
export function painter({ colours = false }: Terminal): (colour: Colour, text: string) => string {
  return (colour, text) => (colours && text !== '' ? styleText(colour, text) : text)
}
