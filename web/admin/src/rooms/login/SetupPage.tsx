import { useMutation } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { api, ask } from "@/api/client";
import { Problem } from "@/api/problem";
import { useLogin } from "@/api/session";
import { currentLang, Field, told } from "@/ui";
import { Card } from "./Card";
import { words } from "./words";

const CURRENCIES = ["CNY", "HKD", "TWD", "SGD", "MYR", "JPY", "KRW", "THB", "VND", "IDR", "USD", "EUR", "GBP", "AUD", "CAD"] as const;
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

function currencyName(code: string): string {
  return `${code} ${new Intl.DisplayNames([currentLang()], { type: "currency" }).of(code) ?? ""}`;
}

const empty = { name: "", email: "", password: "", brand_name: "", zone: Intl.DateTimeFormat().resolvedOptions().timeZone, currency: "CNY" };
type Given = typeof empty;

/** Where the link leads that a new house prints: its first administrator and its first brand. */
export default function SetupPage() {
  const t = words.use();
  const token = useLocation().hash.slice(1);
  const navigate = useNavigate();
  const login = useLogin();
  const setup = useMutation({ mutationFn: (given: Given) => ask(api.POST("/api/setup", { body: { token, ...given } })) });
  const [given, setGiven] = useState(empty);
  const [tried, setTried] = useState(false);
  const set = (change: Partial<Given>) => setGiven((before) => ({ ...before, ...change }));
  const closed = !token || (setup.error instanceof Problem && setup.error.status === 404);
  const missing = {
    name: !given.name.trim() && t("nameMissing"),
    email: !EMAIL.test(given.email) && t("emailWrong"),
    password: !given.password && t("passwordMissing"),
    brand: !given.brand_name.trim() && t("brandNameMissing"),
  };
  const shown = (text: string | false) => (tried && text ? text : null);
  const failed = setup.error ?? login.error;
  const submit = () => {
    setTried(true);
    if (Object.values(missing).some(Boolean)) return;
    const { email, password } = given;
    setup.mutate(given, { onSuccess: () => login.mutate({ email, password }, { onSuccess: () => void navigate("/start", { replace: true }) }) });
  };
  if (closed)
    return (
      <div className="login login-alone">
        <Card title={t("setupTitle")}>
          <h1>{t("setupClosed")}</h1>
          <p className="soft">{t("setupClosedWhat")}</p>
          <Link to="/login" className="link">
            {t("logIn")}
          </Link>
        </Card>
      </div>
    );
  return (
    <div className="login login-alone">
      <Card title={t("setupTitle")}>
        <h1>{t("setupTitle")}</h1>
        <p className="soft">{t("setupWhat")}</p>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <h2 className="login-part">{t("you")}</h2>
          <Field label={t("yourName")} error={shown(missing.name)}>
            {(id, about) => <Input id={id} aria-describedby={about} autoFocus autoComplete="name" maxLength={80} value={given.name} onChange={(event) => set({ name: event.target.value })} />}
          </Field>
          <Field label={t("workEmail")} error={shown(missing.email)}>
            {(id, about) => <Input id={id} aria-describedby={about} type="email" autoComplete="username" value={given.email} onChange={(event) => set({ email: event.target.value.trim() })} />}
          </Field>
          <Field label={t("password")} help={t("passwordHelp")} error={failed ? told(failed) : shown(missing.password)}>
            {(id, about) => <Input.Password id={id} aria-describedby={about} autoComplete="new-password" maxLength={200} value={given.password} onChange={(event) => set({ password: event.target.value })} />}
          </Field>
          <h2 className="login-part">{t("yourBrand")}</h2>
          <Field label={t("brandName")} error={shown(missing.brand)}>
            {(id, about) => <Input id={id} aria-describedby={about} maxLength={80} placeholder={t("brandNamePlaceholder")} value={given.brand_name} onChange={(event) => set({ brand_name: event.target.value })} />}
          </Field>
          <Field label={t("zone")} help={t("zoneHelp")}>
            {(id) => <Select id={id} showSearch value={given.zone} onChange={(zone: string) => set({ zone })} options={Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value }))} />}
          </Field>
          <Field label={t("currency")}>
            {(id) => <Select id={id} showSearch optionFilterProp="label" value={given.currency} onChange={(currency: string) => set({ currency })} options={CURRENCIES.map((value) => ({ value, label: currencyName(value) }))} />}
          </Field>
          <Button type="primary" size="large" htmlType="submit" block loading={setup.isPending || login.isPending}>
            {t("begin")}
          </Button>
        </form>
      </Card>
    </div>
  );
}
