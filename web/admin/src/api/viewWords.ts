import { defineWords } from "@/ui";

export const viewWords = defineWords(
  { saved: "已保存视图“{name}”", removed: "已删除视图“{name}”" },
  { saved: "View “{name}” saved", removed: "View “{name}” removed" },
);
