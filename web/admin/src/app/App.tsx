import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { useEffect, useRef } from "react";
import { RouterProvider } from "react-router";
import { Problem } from "@/api/problem";
import { Toasts, useLang } from "@/ui";
import { theme } from "@/ui/theme";
import { router } from "./router";

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that ended shows the login, wherever it is noticed.
    onError: (error, query) => {
      if (error instanceof Problem && error.status === 401 && query.queryKey[0] !== "me")
        void client.invalidateQueries({ queryKey: ["me"] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 1 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
    },
  },
});

export function App() {
  const lang = useLang();
  const answered = useRef(lang);
  useEffect(() => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    dayjs.locale(lang === "zh" ? "zh-cn" : "en");
    // Answers hold sentences of the server in the language they were asked for in.
    if (answered.current !== lang) void client.invalidateQueries();
    answered.current = lang;
  }, [lang]);
  return (
    <ConfigProvider theme={theme} locale={lang === "zh" ? zhCN : enUS} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </ConfigProvider>
  );
}
