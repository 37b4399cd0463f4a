// What both variants share: messages, their queue, and when they are sent. No dependency, no global.

export type Fields = Record<string, unknown>;

/** What the surroundings give. post: resolves with the HTTP status, 0 when nobody was reached. */
export interface Ports {
  load: (name: string) => string | null;
  save: (name: string, value: string) => void;
  drop: (name: string) => void;
  post: (body: string) => Promise<number>;
  /** Hands a body over while the page goes away; false when it was not taken. */
  last: (body: string) => boolean;
  later: (ms: number, work: () => void) => void;
  now: () => number;
  random: () => string;
  context: () => Fields;
}

interface Message extends Fields {
  messageId: string;
}

const BATCH = 20;
const KEPT = 500;
const WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;
/** Browsers take no more than 64 KB of all that is handed over at the end. */
const LAST_BYTES = 60_000;
const AGAIN = [0, 408, 425, 429];

export class Client {
  private queue: Message[];
  private anonymousId = "";
  private userId = "";
  private failures = 0;
  private waiting = false;
  private sending = false;

  constructor(
    private readonly ports: Ports,
    private allowed = true,
  ) {
    const said = ports.load("consent");
    if (said) this.allowed = said === "1";
    this.queue = this.allowed ? read(ports.load("queue")) : [];
    if (this.queue.length) this.wake(0);
  }

  /** Whether anything may be kept and sent. Withdrawn: what was kept here is forgotten. */
  consent(given: boolean): void {
    this.allowed = given;
    this.ports.save("consent", given ? "1" : "0");
    if (given) return;
    this.queue = [];
    this.anonymousId = this.userId = "";
    for (const name of ["queue", "anon", "user"]) this.ports.drop(name);
  }

  page(name?: string, properties?: Fields): void {
    this.add({ type: "page", name, properties });
  }

  track(event: string, properties?: Fields): void {
    this.add({ type: "track", event, properties });
  }

  identify(userId: string, traits?: Fields): void {
    if (!this.allowed) return;
    this.userId = userId;
    this.ports.save("user", userId);
    this.add({ type: "identify", traits });
  }

  alias(userId: string, previousId?: string): void {
    this.add({ type: "alias", userId, previousId: previousId ?? this.anonymous() });
  }

  /** Somebody else uses this device from now on. */
  reset(): void {
    this.anonymousId = this.userId = "";
    this.ports.drop("anon");
    this.ports.drop("user");
  }

  anonymous(): string {
    if (!this.allowed) return "";
    this.anonymousId ||= this.ports.load("anon") ?? "";
    if (!this.anonymousId) this.ports.save("anon", (this.anonymousId = this.ports.random()));
    return this.anonymousId;
  }

  /** Sends what waits, batch by batch; what cannot be sent now is tried later, always longer apart. */
  async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    while (this.queue.length && this.allowed) {
      const some = this.queue.slice(0, BATCH);
      const status = await this.ports.post(this.body(some)).catch(() => 0);
      if (AGAIN.includes(status) || status >= 500) {
        this.failures += 1;
        this.wake(Math.min(WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2));
        break;
      }
      this.failures = 0;
      this.forget(some);
    }
    this.sending = false;
  }

  /** The page goes away: hands over what waits. What was under way already counts once by its id. */
  leave(): void {
    while (this.queue.length && this.allowed) {
      let some = this.queue.slice(0, BATCH);
      while (some.length > 1 && this.body(some).length > LAST_BYTES) some = some.slice(0, some.length >> 1);
      if (!this.ports.last(this.body(some))) return;
      this.forget(some);
    }
  }

  private add(message: Fields): void {
    if (!this.allowed) return;
    this.queue.push({
      userId: this.userId || (this.ports.load("user") ?? undefined),
      ...message,
      anonymousId: this.anonymous(),
      messageId: this.ports.random(),
      timestamp: new Date(this.ports.now()).toISOString(),
      context: this.ports.context(),
    });
    this.queue = this.queue.slice(-KEPT);
    this.keep();
    if (this.queue.length >= BATCH && !this.failures) void this.flush();
    else this.wake(WAIT_MS);
  }

  private wake(ms: number): void {
    if (this.waiting) return;
    this.waiting = true;
    this.ports.later(ms, () => {
      this.waiting = false;
      void this.flush();
    });
  }

  private forget(sent: Message[]): void {
    this.queue = this.queue.filter((one) => !sent.includes(one));
    this.keep();
  }

  private keep(): void {
    if (this.queue.length) this.ports.save("queue", JSON.stringify(this.queue));
    else this.ports.drop("queue");
  }

  /** sentAt: the device's clock now, by which the server learns how far it is off. */
  private body(some: Message[]): string {
    return JSON.stringify({ batch: some, sentAt: new Date(this.ports.now()).toISOString() });
  }
}

const read = (text: string | null): Message[] => {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
};
