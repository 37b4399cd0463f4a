import { defineWords } from "@/ui";
import { en } from "./en";
import { zh } from "./zh";

export const appWords = defineWords(zh, en);
