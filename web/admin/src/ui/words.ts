import { defineWords } from "./i18n";
import { en } from "./en";
import { zh } from "./zh";

export const uiWords = defineWords(zh, en);
