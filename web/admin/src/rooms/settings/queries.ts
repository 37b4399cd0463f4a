import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { PAGE } from "@/api/queries";
import type { AccessIn, ApiKeyIn, InviteIn, RoleIn } from "@/api/types";

const user = (id: number) => ({ params: { path: { user_id: id } } });

export const useRoles = (enabled = true) => useQuery({ queryKey: ["roles"], queryFn: () => ask(api.GET("/api/roles")), enabled });
export const useTeam = () => useQuery({ queryKey: ["users"], queryFn: () => ask(api.GET("/api/users")) });
export const useInvitations = () => useQuery({ queryKey: ["invitations"], queryFn: () => ask(api.GET("/api/invitations")) });
export const useKeysList = () => useQuery({ queryKey: ["api-keys"], queryFn: () => ask(api.GET("/api/api-keys")) });
export const useMySessions = () => useQuery({ queryKey: ["my-sessions"], queryFn: () => ask(api.GET("/api/me/sessions")) });

/** A write after which everything about access is looked at again. */
function useWrite<V, T>(write: (value: V) => Promise<T>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: write, onSuccess: () => client.invalidateQueries() });
}

export const useInvite = () => useWrite((body: InviteIn) => ask(api.POST("/api/invitations", { body })));
export const useTakeBack = () =>
  useWrite((id: number) => ask(api.DELETE("/api/invitations/{invitation_id}", { params: { path: { invitation_id: id } } })));
export const useChangeAccess = () =>
  useWrite(({ id, body }: { id: number; body: AccessIn }) => ask(api.PUT("/api/users/{user_id}", { ...user(id), body })));
export const useDisable = () => useWrite((id: number) => ask(api.POST("/api/users/{user_id}/disable", user(id))));
export const useEnable = () => useWrite((id: number) => ask(api.POST("/api/users/{user_id}/enable", user(id))));
export const usePasswordLink = () => useWrite((id: number) => ask(api.POST("/api/users/{user_id}/password-link", user(id))));
export const useLogOut = () => useWrite((id: number) => ask(api.DELETE("/api/users/{user_id}/sessions", user(id))));

export const useSaveRole = (key: string | null) =>
  useWrite((body: RoleIn) => (key ? ask(api.PUT("/api/roles/{key}", { params: { path: { key } }, body })) : ask(api.POST("/api/roles", { body }))));
export const useDeleteRole = () => useWrite((key: string) => ask(api.DELETE("/api/roles/{key}", { params: { path: { key } } })));

export const useMakeKey = () => useWrite((body: ApiKeyIn) => ask(api.POST("/api/api-keys", { body })));
export const useRevokeKey = () =>
  useWrite((id: number) => ask(api.DELETE("/api/api-keys/{key_id}", { params: { path: { key_id: id } } })));

export const useRename = () => useWrite((name: string) => ask(api.PUT("/api/me", { body: { name } })));
export const useChangePassword = () =>
  useWrite((body: { current: string; new: string }) => ask(api.POST("/api/me/password", { body })));
export const useBeginFactor = () => useMutation({ mutationFn: () => ask(api.POST("/api/me/second-factor")) });
export const useConfirmFactor = () => useWrite((code: string) => ask(api.POST("/api/me/second-factor/confirm", { body: { code } })));
export const useEndFactor = () => useWrite((password: string) => ask(api.POST("/api/me/second-factor/end", { body: { password } })));
export const useResetFactor = () => useWrite((id: number) => ask(api.POST("/api/users/{user_id}/second-factor/reset", user(id))));
export const useLoginPolicy = () => useQuery({ queryKey: ["login-policy"], queryFn: () => ask(api.GET("/api/login/policy")) });
export const useChangePolicy = () =>
  useWrite((second_factor_required: boolean) => ask(api.PUT("/api/login/policy", { body: { second_factor_required } })));
export const useEndSessions = () =>
  useWrite((only: number | null) => ask(api.DELETE("/api/me/sessions", { params: { query: { session_id: only } } })));

export interface AuditWanted {
  readonly actor_kind?: string | undefined;
  readonly actor_id?: string | undefined;
  readonly action?: string | undefined;
  readonly object_kind?: string | undefined;
  readonly object_id?: string | undefined;
  readonly since_on?: string | undefined;
  readonly until_on?: string | undefined;
  readonly cursor?: string | undefined;
}

export function useAudit(wanted: AuditWanted) {
  return useQuery({
    queryKey: ["audit", wanted],
    queryFn: () => ask(api.GET("/api/audit", { params: { query: { ...wanted, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });
}

export const useAuditActions = () => useQuery({ queryKey: ["audit-actions"], queryFn: () => ask(api.GET("/api/audit/actions")) });
