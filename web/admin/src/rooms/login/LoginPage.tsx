import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api, ask } from "@/api/client";
import { Problem } from "@/api/problem";
import { useLogin } from "@/api/session";
import { Field, told } from "@/ui";
import { Card } from "./Card";
import { words } from "./words";

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

const REFUSED = ["login.not_invited", "login.provider", "login.no_provider", "oidc.away", "oidc.issuer"] as const;

/** Why nobody got in: what the server said, or what stands in the address that the provider sent back to. */
function useRefusal(): (error: Error | null, fromProvider: string | null) => string | undefined {
  const t = words.use();
  return (error, fromProvider) => {
    if (error) return told(error);
    const known = REFUSED.find((one) => one === fromProvider);
    return known && t(`p.${known}`);
  };
}

export default function LoginPage() {
  const t = words.use();
  const options = useQuery({ queryKey: ["login-options"], queryFn: () => ask(api.GET("/api/login/options")), staleTime: Infinity });
  return (
    <div className="login">
      <Card title={t("title")}>
        <h1>{t("title")}</h1>
        <Password provider={options.data?.provider ?? null} />
        <p className="small soft">{t(options.data?.new ? "newHint" : "demoHint")}</p>
      </Card>
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

function Password({ provider }: { provider: string | null }) {
  const t = words.use();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const login = useLogin();
  const refusal = useRefusal();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const problem = login.error instanceof Problem ? login.error.code : "";
  const [asksCode, setAsksCode] = useState(false);
  const next = safeNext(params.get("next"));
  const submit = () => {
    setTried(true);
    if (!email || !password) return;
    login.mutate(
      { email, password, code },
      {
        onSuccess: () => void navigate(next, { replace: true }),
        onError: (error) => setAsksCode((now) => now || (error instanceof Problem && error.code.startsWith("login.code_"))),
      },
    );
  };
  const failed = problem === "login.code_needed" ? undefined : refusal(login.error, params.get("refused"));
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label={t("email")} error={tried && !email ? t("emailMissing") : null}>
        {(id, about) => (
          <Input id={id} aria-describedby={about} size="large" type="email" autoComplete="username" autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
        )}
      </Field>
      <Field label={t("password")} error={tried && !password ? t("passwordMissing") : null}>
        {(id, about) => (
          <Input.Password id={id} aria-describedby={about} size="large" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} />
        )}
      </Field>
      {asksCode && (
        <Field label={t("code")} help={t("codeHelp")}>
          {(id, about) => (
            <Input id={id} aria-describedby={about} size="large" autoFocus autoComplete="one-time-code" maxLength={24} className="mono" value={code} onChange={(event) => setCode(event.target.value)} />
          )}
        </Field>
      )}
      {failed && (
        <p className="bad login-failed" role="alert">
          {failed}
        </p>
      )}
      <Button type="primary" size="large" htmlType="submit" block loading={login.isPending}>
        {t("logIn")}
      </Button>
      {provider && (
        <Button size="large" block href={`/api/login/provider?next=${encodeURIComponent(next)}`} className="login-provider">
          {t("byProvider", { name: provider })}
        </Button>
      )}
    </form>
  );
}
