import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, ask } from "@/api/client";
import { usePick } from "@/ui";

/** What a figure of the overview means, in the server's own words, so that every page says the same. */
export function useDefinition(): (field: string, where: string) => ReactNode {
  const say = usePick();
  const metrics = useQuery({ queryKey: ["metrics"], queryFn: () => ask(api.GET("/api/metrics")), staleTime: Infinity });
  return (field, where) => {
    const metric = metrics.data?.items.find((item) => item.fields.includes(field));
    return (
      <>
        {metric && <p>{say(metric.definition)}</p>}
        <p className="soft">{where}</p>
      </>
    );
  };
}
