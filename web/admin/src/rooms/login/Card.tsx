import { useEffect, type ReactNode } from "react";
import { Logo, setLang, useLang } from "@/ui";
import { words } from "./words";
import "./login.css";

/** The page of somebody who is not inside yet: the mark, what is asked, the other language. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  const t = words.use();
  const lang = useLang();
  useEffect(() => {
    document.title = `${title} · Regulars`;
  }, [title]);
  return (
    <main>
      <div className="login-mark">
        <Logo size={28} />
        Regulars
      </div>
      {children}
      <button type="button" className="link small login-lang" onClick={() => setLang(lang === "zh" ? "en" : "zh")}>
        {t("language")}
      </button>
    </main>
  );
}
