import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { api, ask } from "@/api/client";
import { Problem } from "@/api/problem";
import { useLogin } from "@/api/session";
import { ErrorState, Field, Skeleton, told, usePick } from "@/ui";
import { Card } from "./Card";
import { words } from "./words";

interface Given {
  readonly name: string;
  readonly password: string;
}

/** Where an invitation, or a link for a new password, leads somebody who cannot log in yet. */
export default function InvitationPage() {
  const t = words.use();
  const token = useLocation().hash.slice(1);
  const link = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => ask(api.POST("/api/invitation", { body: { token } })),
    retry: false,
    staleTime: Infinity,
  });
  const closed = link.error instanceof Problem && link.error.status === 404;
  return (
    <div className="login login-alone">
      <Card title={t("inviteTitle")}>
        {link.data && <Accept token={token} link={link.data} />}
        {closed && (
          <>
            <h1>{t("closed")}</h1>
            <p className="soft">{t("closedWhat")}</p>
            <Link to="/login" className="link">
              {t("logIn")}
            </Link>
          </>
        )}
        {link.error && !closed && <ErrorState error={link.error} retry={() => void link.refetch()} />}
        {link.isPending && <Skeleton lines={4} />}
      </Card>
    </div>
  );
}

interface Opened {
  readonly email: string;
  readonly new: boolean;
  readonly role: { readonly zh: string; readonly en: string };
  readonly invited_by: string;
}

function Accept({ token, link }: { token: string; link: Opened }) {
  const t = words.use();
  const say = usePick();
  const navigate = useNavigate();
  const login = useLogin();
  const accept = useMutation({ mutationFn: (given: Given) => ask(api.POST("/api/invitation/accept", { body: { token, ...given } })) });
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const nameless = link.new && !name.trim();
  const failed = accept.error ?? login.error;
  const submit = () => {
    setTried(true);
    if (nameless || !password) return;
    const enter = ({ email }: { email: string }) => login.mutate({ email, password }, { onSuccess: () => void navigate("/", { replace: true }) });
    accept.mutate({ name: name.trim(), password }, { onSuccess: enter });
  };
  return (
    <>
      <h1>{t(link.new ? "inviteTitle" : "resetTitle")}</h1>
      <p className="soft">{link.new ? t("inviteWhat", { who: link.invited_by, role: say(link.role) }) : t("resetWhat")}</p>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label={t("email")}>{(id) => <Input id={id} size="large" readOnly autoComplete="username" value={link.email} />}</Field>
        {link.new && (
          <Field label={t("yourName")} error={tried && nameless ? t("nameMissing") : null}>
            {(id, about) => (
              <Input id={id} aria-describedby={about} size="large" autoFocus autoComplete="name" maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
            )}
          </Field>
        )}
        <Field label={t("password")} help={t("passwordHelp")} error={failed ? told(failed) : (tried && !password ? t("passwordMissing") : null)}>
          {(id, about) => <Input.Password id={id} aria-describedby={about} size="large" autoComplete="new-password" maxLength={200} value={password} onChange={(event) => setPassword(event.target.value)} />}
        </Field>
        <Button type="primary" size="large" htmlType="submit" block loading={accept.isPending || login.isPending}>
          {t(link.new ? "join" : "setPassword")}
        </Button>
      </form>
    </>
  );
}
