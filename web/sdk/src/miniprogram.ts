// The mini-program variant: const regulars = require("./regulars.mp.js").init({ server, key })

import { Client, type Fields, type Ports } from "./core";

interface Wx {
  request: (asked: Fields) => void;
  getStorageSync: (name: string) => string;
  setStorageSync: (name: string, value: string) => void;
  removeStorageSync: (name: string) => void;
  onAppHide: (work: () => void) => void;
}

declare const wx: Wx;
declare const getCurrentPages: () => { route: string }[];

const PREFIX = "regulars.";

const hex = (): string => Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");

const context = (): Fields => ({ page: { path: getCurrentPages().at(-1)?.route ?? "" } });

/** server: the console's address, to be among the mini-program's allowed request domains. consent: false = wait. */
export const init = (given: { server: string; key: string; consent?: boolean }): Client => {
  const url = `${given.server}/hooks/sources/${given.key}`;
  const send = (body: string): Promise<number> =>
    new Promise((resolve) => {
      wx.request({
        url,
        method: "POST",
        data: body,
        header: { "Content-Type": "text/plain" },
        success: (answer: { statusCode: number }) => resolve(answer.statusCode),
        fail: () => resolve(0),
      });
    });
  const ports: Ports = {
    load: (name) => wx.getStorageSync(PREFIX + name) || null,
    save: (name, value) => wx.setStorageSync(PREFIX + name, value),
    drop: (name) => wx.removeStorageSync(PREFIX + name),
    post: send,
    last: () => false, // it stays in storage, and goes when the mini-program is opened again
    later: (ms, work) => void setTimeout(work, ms),
    now: () => Date.now(),
    random: () => hex() + hex() + hex() + hex(),
    context,
  };
  const client = new Client(ports, given.consent !== false);
  wx.onAppHide(() => void client.flush());
  return client;
};
