import { defineWords } from "@/ui";
import { en } from "./en";
import { zh } from "./zh";

export const words = defineWords(zh, en);
