import { expect, it, vi } from "vitest";
import { init } from "./miniprogram";

it("sends through wx.request and keeps in wx storage what nobody took", async () => {
  const kept = new Map<string, string>();
  const asked: { url: string; data: string; success: (answer: { statusCode: number }) => void; fail: () => void }[] = [];
  let hide = (): void => undefined;
  vi.stubGlobal("wx", {
    request: (one: (typeof asked)[number]) => asked.push(one),
    getStorageSync: (name: string) => kept.get(name) ?? "",
    setStorageSync: (name: string, value: string) => kept.set(name, value),
    removeStorageSync: (name: string) => kept.delete(name),
    onAppHide: (work: () => void) => (hide = work),
  });
  vi.stubGlobal("getCurrentPages", () => [{ route: "pages/home" }, { route: "pages/item" }]);
  const regulars = init({ server: "https://crm.example.com", key: "k1" });
  regulars.page("Towel");
  hide();
  expect(asked[0]?.url).toBe("https://crm.example.com/hooks/sources/k1");
  const body = JSON.parse(asked[0]?.data ?? "");
  expect(body.batch[0]).toMatchObject({ type: "page", name: "Towel", context: { page: { path: "pages/item" } } });
  asked[0]?.fail();
  await new Promise((done) => setTimeout(done));
  expect(kept.get("regulars.queue")).toContain(body.batch[0].messageId);
  init({ server: "https://crm.example.com", key: "k1" });
  hide();
  expect(JSON.parse(asked[1]?.data ?? "").batch).toEqual(body.batch);
  asked[1]?.success({ statusCode: 200 });
  await new Promise((done) => setTimeout(done));
  expect(kept.has("regulars.queue")).toBe(false);
});
