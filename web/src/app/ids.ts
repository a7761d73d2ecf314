/** A name that nobody else has: the time, so that ids sort as they were made, and chance. */
export function freshId(): string {
  // Not crypto.randomUUID: a shop tried out over plain HTTP in a local network has none.
  const chance = crypto.getRandomValues(new Uint8Array(9));
  return Date.now().toString(36) + "-" + Array.from(chance, (byte) => byte.toString(36).padStart(2, "0")).join("");
}
