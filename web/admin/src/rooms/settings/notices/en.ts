import type { zh } from "./zh";

export const en: Record<keyof typeof zh, string> = {
  note: "What waits is told in your staff's DingTalk or WeCom groups: one message a minute at most, a kind once an hour. Customers are counted, never named.",
  emptyTitle: "No group robot yet",
  emptyWhat: "Add a DingTalk or WeCom group robot under Accounts, then choose what each group is told.",
  colKind: "What",
  colGroups: "Told in",
  nobody: "Not told",
  language: "Language of notices",
  zh: "Chinese",
  en: "English",
  save: "Save",
  saved: "Saved",
  trial: "Send a trial to",
  trialDone: "Sent; look into the group",
  recent: "Told lately",
  none: "Nothing was told yet",
  "state.waiting": "Waiting",
  "state.telling": "Being said",
  "state.told": "Said",
  "state.unknown": "Not known",
  "state.failed": "Not said",
};
