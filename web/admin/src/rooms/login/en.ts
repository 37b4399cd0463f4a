import type { Words } from "@/ui";
import type { zh } from "./zh";

export const en: Words<typeof zh> = {
  title: "Log in",
  claim: "Everyone who bought, glad to come back.",
  what: "Orders of every shop become one customer; choose whom to contact, keep some back, and see what the contact really brought.",
  email: "E-mail",
  password: "Password",
  logIn: "Log in",
  demoHint: "The demo prints its account in the terminal that started it.",
  emailMissing: "Enter an e-mail address",
  passwordMissing: "Enter a password",
  wrong: "The e-mail or the password is wrong. Check both and try again.",
  language: "中文",
};
