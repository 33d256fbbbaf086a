// Times as people in Jakarta read them: the business lives in WIB.

const ZONE = "Asia/Jakarta";
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, weekday: "short", day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, weekday: "long", day: "numeric", month: "long" });
const key = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

export const hourMinute = (when) => clock.format(new Date(when));
export const shortDay = (when) => full.format(new Date(when));
export const dayKey = (when) => key.format(new Date(when));

/** "Today, Monday 23 November": for what is to come. */
export function comingDay(when, now) {
  const day = dayKey(when);
  const near = day === dayKey(now) ? "Today, " : day === dayKey(new Date(now.getTime() + 86_400_000)) ? "Tomorrow, " : "";
  return near + whole.format(new Date(when));
}

export function dayName(when, now) {
  const day = dayKey(when);
  if (day === dayKey(now)) return "Today";
  if (day === dayKey(new Date(now.getTime() - 86_400_000))) return "Yesterday";
  return date.format(new Date(when));
}

/** "23 h 40 m", "12 m": how long, in short. */
export function span(milliseconds) {
  const minutes = Math.max(0, Math.ceil(milliseconds / 60_000));
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours} h ${String(minutes % 60).padStart(2, "0")} m` : `${minutes} m`;
}
