import { Button } from "antd";
import { useRouteError } from "react-router";
import { ButtonLink, EmptyState, Page, PageHeader } from "@/ui";
import { appWords } from "./words";

export function NotFound() {
  const t = appWords.use();
  return (
    <Page>
      <PageHeader title={t("notFound")} />
      <EmptyState
        title={t("notFoundWhat")}
        action={
          <ButtonLink to="/" type="primary">{t("toOverview")}</ButtonLink>
        }
      >
        {t("notFoundWhy")}
      </EmptyState>
    </Page>
  );
}

/** A page that broke. Says what happened and how to go on; nothing entered elsewhere is lost. */
export function ErrorPage() {
  const t = appWords.use();
  const error = useRouteError();
  const message = error instanceof Error ? error.message : "";
  return (
    <Page>
      <PageHeader title={t("broken")} />
      <EmptyState
        title={t("brokenWhat")}
        action={
          <>
            <Button type="primary" onClick={() => window.location.reload()}>
              {t("reload")}
            </Button>
            <Button onClick={() => window.location.assign("/")}>{t("toOverview")}</Button>
          </>
        }
      >
        <p>{t("brokenWhy")}</p>
        {message && <p className="mono">{message}</p>}
      </EmptyState>
    </Page>
  );
}
