import { useQuery } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { words } from "./words";

/** What a source of the log is called: a connected one by its name. */
export function useSourceName(): (source: string) => string {
  const t = words.use();
  const connected = useQuery({ queryKey: ["sources"], queryFn: () => ask(api.GET("/api/sources")), staleTime: 60_000 });
  return (source) => {
    if (source === "http") return t("sourceHttp");
    if (source === "file") return t("sourceFile");
    const [, id] = source.split(":");
    return connected.data?.items.find((one) => String(one.id) === id)?.name ?? source;
  };
}
