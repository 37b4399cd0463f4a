import type { Words } from "@/ui";
import type { zh } from "./zh";

export const en: Words<typeof zh> = {
  title: "Practice mode",
  strip: ": every call goes to the sandbox, no real customer is contacted",
  sandbox: "What the sandbox received",
  endShort: "Turn off",
  isOff: "Off: calls go to the real platforms.",
  onSince: "On since",
  "what.calls": "Whatever is read, sent or called goes to the sandbox, which verifies signatures, limits and refuses as the platforms do.",
  "what.people": "No real customer is contacted, and no message is paid for.",
  "what.accounts": "Each platform gets an account of the sandbox; your real accounts and secrets stay as they are.",
  "what.data": "Sources then bring the sandbox's invented orders and members, stored beside real ones: practise on a trial installation.",
  "what.all": "It holds for all brands of the company at once, and every page says so at its top.",
  address: "The sandbox's address",
  addressHelp: "The sandbox comes with the product; start it on the server first:",
  addressOn: "To change the address, turn practice mode off first. The sandbox is started by:",
  command: "regulars sandbox",
  openSandbox: "Open the sandbox",
  turnedOn: "Practice mode is on: every call goes to the sandbox",
  turnedOff: "Practice mode is off: calls go to the real platforms",
  end: "Turn practice mode off",
  endTitle: "Turn practice mode off?",
  endWhat: "From then on data is read from the real platforms, and campaigns and notices are sent through them: real customers may be contacted, at a cost. Make sure that no campaign you practised with is still running.",
};
