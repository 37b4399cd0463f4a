/** The state of a person arrives as an open object; read it without trusting it. */
export type State = Readonly<Record<string, unknown>>;

export const num = (state: State, key: string): number => Number(state[key] ?? 0);
export const text = (state: State, key: string): string => String(state[key] ?? "");
export const date = (state: State, key: string): string | null => (state[key] ? String(state[key]) : null);

export function numbers(state: State, key: string): number[] {
  const value = state[key];
  return Array.isArray(value) ? value.map(Number) : [];
}

export function texts(state: State, key: string): string[] {
  const value = state[key];
  return Array.isArray(value) ? value.map(String) : [];
}
