/** Whether a server and this extension fit together. */

/** Returns the version in what `coterie --version` prints, or undefined. */
export function versionIn(output: string): string | undefined {
  return /^coterie (\d+\.\d+\.\d+\S*)$/m.exec(output.trim())?.[1];
}

/**
 * Whether two versions speak the same protocol: the same major version, and before 1.0, where
 * anything may change, the same minor one.
 */
export function fits(server: string, extension: string): boolean {
  const [theirs, ours] = [parts(server), parts(extension)];
  if (theirs === undefined || ours === undefined) {
    return false;
  }
  return theirs[0] === ours[0] && (ours[0] !== 0 || theirs[1] === ours[1]);
}

function parts(version: string): [number, number] | undefined {
  const match = /^(\d+)\.(\d+)\./.exec(version);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}
