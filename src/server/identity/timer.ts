/** The longest time that one timer of Node's can wait. */
const longest = 2 ** 31 - 1

/** Calls back at the given time (milliseconds since 1970), however far away. Doesn't keep the process alive. */
export function callAt(time: number, clock: () => Date, callback: () => void): { cancel(): void } {
  let timer: NodeJS.Timeout
  const wait = () => {
    const left = time - clock().getTime()
    timer = setTimeout(left > longest ? wait : callback, Math.max(0, Math.min(left, longest))).unref()
  }
  wait()
  return { cancel: () => clearTimeout(timer) }
}
