export { CliFailure } from '../failure.js'
