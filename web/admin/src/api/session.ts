import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask, session } from "./client";
import type { Me } from "./types";

const KEY = ["me"] as const;

function keep(me: Me): Me {
  session.csrf = me.csrf;
  session.brandId = String(me.brand_id);
  return me;
}

const askMe = async () => keep(await ask(api.GET("/api/me")));

/** Who is logged in, for which brand, on which business day. Fails with 401 when nobody is. */
export function useMe() {
  return useQuery({ queryKey: KEY, queryFn: askMe, staleTime: 60_000, retry: false });
}

export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: { email: string; password: string; code?: string }) => {
      await ask(api.POST("/api/login", { body: { code: "", ...body } }));
      return askMe();
    },
    onSuccess: (me) => client.setQueryData(KEY, me),
  });
}

export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST("/api/logout")),
    onSuccess: () => {
      client.clear();
      window.location.assign("/login");
    },
  });
}

/** Advance frozen business time; everything that was shown may have changed. */
export function useAdvance() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (days: number) => {
      await ask(api.POST("/api/clock/advance", { body: { days } }));
      return askMe();
    },
    onSuccess: async (me) => {
      client.setQueryData(KEY, me);
      const refresh = () => client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "me" });
      // What depends on the day is rebuilt in the background, so look again when it is likely done.
      [4_000, 15_000].forEach((wait) => window.setTimeout(() => void refresh(), wait));
      await refresh();
    },
  });
}
