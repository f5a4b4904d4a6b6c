/**
 * The walk met configuration that isn't simulated: the branch ends there with the outcome `unknown`, so nobody takes a guess for an
 * answer.
 */
export class Unevaluated extends Error {}
