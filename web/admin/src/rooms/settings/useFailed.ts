import { Problem } from "@/api/problem";
import { toast, toastError } from "@/ui";
import { words } from "./words";

const KNOWN = [
  "access.beyond_own",
  "access.last_administrator",
  "access.own",
  "role.in_use",
  "role.name_taken",
  "user.exists",
  "email.wrong",
] as const;

/** Says why something about access was refused, in the words of this room. */
export function useFailed(): (error: unknown) => void {
  const t = words.use();
  return (error) => {
    const code = error instanceof Problem ? KNOWN.find((one) => one === error.code) : undefined;
    if (code) toast(t(`p.${code}`), "bad");
    else toastError(error);
  };
}
