// The session of the page and its requests. Both tokens are in memory only, never in a URL or in storage.

const EARLY_MS = 30_000;

export class SessionEnded extends Error {}

// An error response of the API, or a failed connection; the message says what to do.
export class RequestFailed extends Error {}

export class Session {
  #access = "";
  #refresh = "";
  #expires = 0;
  #refreshing = null;

  static async signIn(email, password) {
    const session = new Session();
    session.#keep(await answerTo("POST", "/api/v1/auth/login", "", { email, password }));
    return session;
  }

  // Sends GET with the access token; a token that is about to expire, or was refused, is replaced first.
  async get(path, query = {}) {
    const target = `${path}?${new URLSearchParams(query)}`.replace(/\?$/, "");
    if (Date.now() > this.#expires - EARLY_MS) await this.#renew();
    try {
      return await answerTo("GET", target, this.#access);
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw error;
      await this.#renew();
      return answerTo("GET", target, this.#access);
    }
  }

  async signOut() {
    await answerTo("POST", "/api/v1/auth/logout", this.#access);
  }

  // Requests that run at the same time share one renewal, because a refresh token is valid once.
  #renew() {
    this.#refreshing ??= answerTo("POST", "/api/v1/auth/refresh", this.#refresh)
      .then((tokens) => this.#keep(tokens))
      .finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  #keep(tokens) {
    this.#access = tokens.access_token;
    this.#refresh = tokens.refresh_token;
    this.#expires = Date.now() + tokens.expires_in * 1000;
  }
}

async function answerTo(method, target, token, body) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(target, { method, headers, body: body && JSON.stringify(body), cache: "no-store", credentials: "omit" });
  } catch {
    throw new RequestFailed("The API cannot be reached. Check your connection, then try again.");
  }
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  // The errors of single fields are more specific than the detail of the whole response.
  const detail = (content.errors?.length ? content.errors.map((each) => each.detail) : [content.detail]).filter(Boolean).join(" ");
  if (answer.status === 401) throw new SessionEnded(detail);
  throw new RequestFailed(detail || `The API responded with status ${answer.status}. Try again.`);
}
