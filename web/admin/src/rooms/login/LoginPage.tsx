import { Button, Input } from "antd";
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { Problem } from "@/api/problem";
import { useLogin } from "@/api/session";
import { Field, Logo, setLang, useLang } from "@/ui";
import { words } from "./words";
import "./login.css";

/** A path of our own to go on to; anything else leads to the overview. */
function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : "/";
}

export default function LoginPage() {
  const t = words.use();
  const lang = useLang();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const login = useLogin();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  useEffect(() => {
    document.title = `${t("title")} · Regulars`;
  }, [t]);
  const submit = () => {
    setTried(true);
    if (email && password)
      login.mutate({ email, password }, { onSuccess: () => void navigate(safeNext(params.get("next")), { replace: true }) });
  };
  const failed = login.error instanceof Problem && login.error.status === 401 ? t("wrong") : login.error?.message;
  return (
    <div className="login">
      <main>
        <div className="login-mark">
          <Logo size={28} />
          Regulars
        </div>
        <h1>{t("title")}</h1>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Field label={t("email")} error={tried && !email ? t("emailMissing") : null}>
            {(id, about) => (
              <Input
                id={id}
                aria-describedby={about}
                size="large"
                type="email"
                autoComplete="username"
                autoFocus
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </Field>
          <Field label={t("password")} error={tried && !password ? t("passwordMissing") : null}>
            {(id, about) => (
              <Input.Password
                id={id}
                aria-describedby={about}
                size="large"
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
          </Field>
          {failed && (
            <p className="bad login-failed" role="alert">
              {failed}
            </p>
          )}
          <Button type="primary" size="large" htmlType="submit" block loading={login.isPending}>
            {t("logIn")}
          </Button>
        </form>
        <p className="small soft">{t("demoHint")}</p>
        <button type="button" className="link small login-lang" onClick={() => setLang(lang === "zh" ? "en" : "zh")}>
          {t("language")}
        </button>
      </main>
      <aside aria-hidden>
        <svg viewBox="0 0 480 480" fill="none" strokeLinecap="round">
          {[196, 158, 120, 82, 44].map((radius, ring) => (
            <circle
              key={radius}
              cx={240}
              cy={240}
              r={radius}
              stroke={ring === 1 ? "var(--accent)" : "var(--line-strong)"}
              strokeWidth={ring === 1 ? 5 : 1.5}
              strokeDasharray={`${radius * (5.4 - ring * 0.35)} ${radius * 7}`}
              transform={`rotate(${118 + ring * 31} 240 240)`}
            />
          ))}
          <circle cx={165.8} cy={379.5} r={8} fill="var(--accent)" />
        </svg>
        <p className="login-claim">{t("claim")}</p>
        <p className="soft">{t("what")}</p>
      </aside>
    </div>
  );
}
