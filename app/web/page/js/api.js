// The server's answers, in the shapes that the page uses. Times are milliseconds here and nanoseconds there.

const ROOT = "api/v1";
const TOKEN = "hotzone.token";
const NS = 1e6;

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
}

export { NS, ROOT };
