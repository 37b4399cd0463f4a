import { describe, expect, it } from "vitest";
import * as f from "./format";

describe("figures", () => {
  it("writes 万 and 亿 with two decimals in Chinese overviews", () => {
    expect(f.short(97477.47, "zh")).toBe("9.75\u2009万");
    expect(f.short(1.2345e8, "zh")).toBe("1.23\u2009亿");
    expect(f.short(9999, "zh")).toBe("9,999");
  });
  it("writes M and K in English overviews", () => {
    expect(f.short(9747747.93, "en")).toBe("9.75M");
    expect(f.short(12340, "en")).toBe("12,340");
    expect(f.short(541909, "en")).toBe("541.9K");
  });
  it("drops idle zeros on axes", () => {
    expect(f.trimZeros("£1.50M")).toBe("£1.5M");
    expect(f.trimZeros("£500.0K")).toBe("£500K");
    expect(f.trimZeros("£150.00\u2009万")).toBe("£150\u2009万");
    expect(f.trimZeros("£1,000")).toBe("£1,000");
  });
  it("keeps the sign before the currency", () => {
    expect(f.money(-123456, "GBP")).toBe("\u2212£1,234.56");
    expect(f.moneyShort(891140790, "GBP", "zh")).toBe("£891.14\u2009万");
    expect(f.moneyDiff(3870.6, "GBP")).toBe("+£38.71");
    expect(f.moneyDiff(-4303, "GBP")).toBe("\u2212£43.03");
  });
  it("never writes minus zero", () => {
    expect(f.money(-0.2, "CNY")).toBe("¥0.00");
    expect(f.withSign(0.001, 2)).toBe("0.00");
  });
  it("writes rates and their differences", () => {
    expect(f.percent(4185.46)).toBe("41.9%");
    expect(f.pointsDiff(-375.9, "zh")).toBe("\u22123.76\u2009个百分点");
    expect(f.pointsDiff(120, "en")).toBe("+1.20\u2009pp");
    expect(f.change(150, 100)).toBe(0.5);
    expect(f.change(1, 0)).toBeNull();
  });
});

describe("time", () => {
  it("shifts business dates across months", () => {
    expect(f.shiftDay("2011-12-10", -30)).toBe("2011-11-10");
    expect(f.daysBetween("2011-09-10", "2011-12-10")).toBe(91);
  });
  it("shows instants in the brand's zone", () => {
    expect(f.dateTime("2011-07-01T23:30:00Z", "Europe/London")).toBe("2011-07-02 00:30");
    expect(f.dateTime("2011-12-09T12:50:00Z", "Asia/Shanghai")).toBe("2011-12-09 20:50");
  });
  it("says how long ago", () => {
    expect(f.ago("2011-12-09", "2011-12-10", "zh")).toBe("昨天");
    expect(f.ago("2011-09-11", "2011-12-10", "zh")).toBe("90\u2009天前");
    expect(f.ago("2011-12-10", "2011-12-10", "en")).toBe("today");
  });
  it("says how long it took", () => {
    expect(f.seconds(0.054, "zh")).toBe("54\u2009毫秒");
    expect(f.seconds(9.4, "en")).toBe("9.4\u2009s");
    expect(f.seconds(185, "en")).toBe("3\u2009min 5\u2009s");
  });
});
