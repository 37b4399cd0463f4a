import type { MessageFilter } from "./queries";

/** Where the messages behind a figure are listed. */
export function messagesAt(filter: MessageFilter): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) if (value !== undefined && value !== "") query.set(key, String(value));
  return `/delivery/messages?${query.toString()}`;
}
