import { Button } from "antd";
import { Link, useRouteError } from "react-router";
import { EmptyState, Page, PageHeader } from "@/ui";
import { appWords } from "./words";

export function NotFound() {
  const t = appWords.use();
  return (
    <Page>
      <PageHeader title={t("notFound")} />
      <EmptyState
        title={t("notFoundWhat")}
        action={
          <Link to="/">
            <Button type="primary">{t("toOverview")}</Button>
          </Link>
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
