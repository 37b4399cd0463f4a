/** A folder of tags: its whole path, its own name, how deep it lies, how many tags are in it or below. */
export interface Folder {
  readonly path: string;
  readonly name: string;
  readonly level: number;
  readonly count: number;
}

/** Whether a tag's folder is this one or lies below it; null is everywhere. */
export const within = (folder: string, wanted: string | null): boolean => wanted === null || folder === wanted || folder.startsWith(`${wanted}/`);

/** The tree that the folders of tags make, each before those below it. */
export function folders(paths: readonly string[]): Folder[] {
  const all = new Set(paths.flatMap((path) => path.split("/").map((_, end, parts) => parts.slice(0, end + 1).join("/")).filter(Boolean)));
  return [...all]
    .sort((a, b) => a.localeCompare(b, "zh"))
    .map((path) => {
      const parts = path.split("/");
      return { path, name: parts[parts.length - 1] ?? path, level: parts.length - 1, count: paths.filter((one) => within(one, path)).length };
    });
}
