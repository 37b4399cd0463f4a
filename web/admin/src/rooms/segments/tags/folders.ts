/** A folder of tags: its whole path, its own name, how deep it lies, how many tags are in it or below. */
export interface Folder {
  readonly path: string;
  readonly name: string;
  readonly level: number;
  readonly count: number;
}

/** The tree that folders make, each before those below it; counts: of tags by the folder they lie in themselves. */
export function folders(counts: Readonly<Record<string, number>>): Folder[] {
  const all = new Set(Object.keys(counts).flatMap((path) => path.split("/").map((_, end, parts) => parts.slice(0, end + 1).join("/")).filter(Boolean)));
  const below = (path: string) => Object.entries(counts).reduce((sum, [own, count]) => (own === path || own.startsWith(`${path}/`) ? sum + count : sum), 0);
  return [...all]
    .sort((a, b) => a.localeCompare(b, "zh"))
    .map((path) => {
      const parts = path.split("/");
      return { path, name: parts[parts.length - 1] ?? path, level: parts.length - 1, count: below(path) };
    });
}
