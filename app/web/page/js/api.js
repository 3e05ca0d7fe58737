// The server's answers, in the shapes that the page uses. Times are milliseconds here and nanoseconds there.

const ROOT = "api/v1";
const TOKEN = "hotzone.token";
const NS = 1e6;
const ns = (ms) => `${Math.round(ms)}000000`;

export class Refused extends Error {}

export const token = () => sessionStorage.getItem(TOKEN);

export function headers(more = {}) {
  const known = token();
  return known ? { ...more, Authorization: `Bearer ${known}` } : more;
}

export class Api {
  async ask(path, { method = "GET", body, signal } = {}) {
    const answer = await fetch(`${ROOT}/${path}`, {
      method,
      signal,
      headers: headers(body === undefined ? {} : { "Content-Type": "application/json" }),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const found = text ? JSON.parse(text) : null;
    if (!answer.ok) throw new Refused(found?.error ?? found?.detail ?? `${answer.status} ${answer.statusText}`);
    return found;
  }

  site() {
    return this.ask("site");
  }

  // {rows: [[seconds, value, ...]]} with one column a series, null where there is no value.
  async history(series, from, to, { signal, points = 600 } = {}) {
    const query = new URLSearchParams({ series: series.join(","), from: ns(from), to: ns(to), points });
    const found = await this.ask(`history?${query}`, { signal });
    return { rows: found.t.map((at, place) => [at / 1e9, ...series.map((id) => found.series[id]?.[place] ?? null)]) };
  }

  async alarmSpans() {
    return [];
  }
}

export { NS, ROOT };
