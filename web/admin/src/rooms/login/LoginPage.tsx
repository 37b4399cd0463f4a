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

/** Orders one after another: each loop comes back to where it began. */
const RINGS = [48, 84, 120, 156, 192] as const;

function Loop({ radius, bright }: { radius: number; bright: boolean }) {
  const at = (degree: number) => {
    const angle = (degree * Math.PI) / 180;
    return `${240 + radius * Math.cos(angle)} ${240 + radius * Math.sin(angle)}`;
  };
  const gap = 1300 / radius;
  const [x, y] = at(65).split(" ");
  const ink = bright ? "var(--accent)" : "var(--line-strong)";
  return (
    <g>
      <path d={`M${at(65)}A${radius} ${radius} 0 1 0 ${at(65 + gap)}`} stroke={ink} strokeWidth={bright ? 5 : 1.6} />
      <circle cx={x} cy={y} r={bright ? 9 : 4} fill={bright ? ink : "var(--stone)"} />
    </g>
  );
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
          {RINGS.map((radius, ring) => (
            <Loop key={radius} radius={radius} bright={ring === RINGS.length - 1} />
          ))}
        </svg>
        <p className="login-claim">{t("claim")}</p>
        <p className="soft">{t("what")}</p>
      </aside>
    </div>
  );
}
