import { describe, expect, it } from "vitest";
import { Client, type Ports } from "./core";

/** A device of the test's own: its storage, what was posted, and work that waits. */
const device = (answers: number[] = []) => {
  const kept = new Map<string, string>();
  const posted: { batch: { messageId: string; anonymousId: string; userId?: string; event?: string }[]; sentAt: string }[] = [];
  const waiting: { ms: number; work: () => void }[] = [];
  const last: string[] = [];
  let made = 0;
  const ports: Ports = {
    load: (name) => kept.get(name) ?? null,
    save: (name, value) => void kept.set(name, value),
    drop: (name) => void kept.delete(name),
    post: (body) => {
      posted.push(JSON.parse(body));
      return Promise.resolve(answers.shift() ?? 200);
    },
    last: (body) => last.push(body) > 0,
    later: (ms, work) => void waiting.push({ ms, work }),
    now: () => 1_700_000_000_000,
    random: () => `id${made++}`,
    context: () => ({ page: { path: "/" } }),
  };
  return { kept, posted, waiting, last, ports };
};

describe("the behaviour SDK", () => {
  it("sends at most twenty messages at once, all of one visitor, each with an id of its own", async () => {
    const one = device();
    const client = new Client(one.ports);
    for (let n = 0; n < 45; n++) client.track(`e${n}`);
    await client.flush();
    await new Promise((done) => setTimeout(done));
    await client.flush();
    const sent = one.posted.flatMap((body) => body.batch);
    expect(Math.max(...one.posted.map((body) => body.batch.length))).toBe(20);
    expect(sent.map((message) => message.event)).toEqual(Array.from({ length: 45 }, (_, n) => `e${n}`));
    expect(new Set(sent.map((message) => message.anonymousId)).size).toBe(1);
    expect(new Set(sent.map((message) => message.messageId)).size).toBe(45);
    expect(one.posted[0]?.sentAt).toBe("2023-11-14T22:13:20.000Z");
    expect(one.kept.has("queue")).toBe(false);
  });

  it("tries again later, always longer apart, and loses nothing", async () => {
    const one = device([0, 503, 429]);
    const client = new Client(one.ports);
    client.page();
    for (let n = 0; n < 4; n++) {
      const next = one.waiting.shift();
      next?.work();
      await new Promise((done) => setTimeout(done));
      if (n < 3) expect(one.waiting[0]?.ms).toBeGreaterThanOrEqual(2_000 * 2 ** n);
    }
    expect(one.posted.length).toBe(4);
    expect(new Set(one.posted.map((body) => body.batch[0]?.messageId)).size).toBe(1);
    expect(one.waiting).toEqual([]);
  });

  it("gives up what the server refuses for good", async () => {
    const one = device([422]);
    const client = new Client(one.ports);
    client.page();
    await client.flush();
    await client.flush();
    expect(one.posted.length).toBe(1);
  });

  it("sends on the next visit what could not be sent on this one", async () => {
    const one = device([0]);
    new Client(one.ports).track("left");
    const next = new Client(one.ports);
    await next.flush();
    await next.flush();
    expect(one.posted.at(-1)?.batch[0]?.event).toBe("left");
  });

  it("hands over what waits when the page goes away, in pieces a browser takes", () => {
    const one = device();
    const client = new Client(one.ports);
    for (let n = 0; n < 15; n++) client.track("big", { text: "x".repeat(10_000) });
    client.leave();
    expect(one.last.length).toBeGreaterThan(1);
    expect(Math.max(...one.last.map((body) => body.length))).toBeLessThan(60_000);
    expect(one.last.flatMap((body) => JSON.parse(body).batch).length).toBe(15);
  });

  it("keeps and sends nothing without consent, and forgets what it kept when that is withdrawn", async () => {
    const one = device();
    const client = new Client(one.ports, false);
    client.page();
    client.identify("u1");
    await client.flush();
    expect([one.posted.length, one.kept.size]).toEqual([0, 0]);
    client.consent(true);
    client.identify("u1");
    expect(one.kept.get("user")).toBe("u1");
    client.consent(false);
    expect([...one.kept.keys()]).toEqual(["consent"]);
    expect(new Client(one.ports).anonymous()).toBe("");
  });

  it("says who somebody is from then on, until another uses the device", async () => {
    const one = device();
    const client = new Client(one.ports);
    client.identify("u1");
    client.page();
    client.reset();
    client.page();
    await client.flush();
    const [identify, known, other] = one.posted.flatMap((body) => body.batch);
    expect([identify?.userId, known?.userId, other?.userId]).toEqual(["u1", "u1", undefined]);
    expect(other?.anonymousId).not.toBe(known?.anonymousId);
  });
});
