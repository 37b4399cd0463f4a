export const zh = {
  title: "登录",
  claim: "让每一位买过的人，愿意再来。",
  what: "把各店的订单认成同一位客户，选出该联系的人，留一部分作对照，再看这次触达到底带来了什么。",
  email: "邮箱",
  password: "密码",
  logIn: "登录",
  demoHint: "体验版的账号和密码印在启动它的终端里。",
  emailMissing: "请填写邮箱",
  passwordMissing: "请填写密码",
  wrong: "邮箱或密码不对。请核对后再试。",
  language: "English",
} as const satisfies Record<string, string>;
