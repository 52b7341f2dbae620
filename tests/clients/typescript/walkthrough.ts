/**
 * Calls every operation of the API with the client that openapi-typescript generates.
 * tsc --strict checks this file against the generated types; a run checks that the responses have these types.
 * Usage: node generated/walkthrough.js <URL of the API>. Prints method, path and status of each request, one per line.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./generated/api.js";

type Task = components["schemas"]["Task"];
type TaskInput = components["schemas"]["TaskInput"];
type FeedItem = components["schemas"]["FeedItem"];
type Filters = NonNullable<paths["/api/v1/tasks"]["get"]["parameters"]["query"]>;
type ApiResponse<T> = { data?: T; error?: unknown; response: Response };

const baseUrl = process.argv[2] ?? "http://localhost:8000";
const email = `user-${Date.now()}@example.com`;
const [firstPassword, secondPassword] = ["correct horse battery", "battery horse correct"];
const me = { path: { user_id: "me" } };

let accessToken = "";
const middleware: Middleware = {
  onRequest({ request }) {
    if (accessToken && !request.headers.has("Authorization")) {
      request.headers.set("Authorization", `Bearer ${accessToken}`);
    }
    return request;
  },
  onResponse({ request, response }) {
    console.log(request.method, new URL(request.url).pathname, response.status);
  },
};
const api = createClient<paths>({ baseUrl });
api.use(middleware);

/** Returns the body of a successful response; throws for any other response. */
function body<T>({ data, error, response }: ApiResponse<T>): T {
  if (data === undefined) throw new Error(`${response.status} ${response.url}: ${JSON.stringify(error)}`);
  return data;
}

/** Throws unless the response is 204 without a body. */
function expectNoContent({ error, response }: ApiResponse<unknown>): void {
  assert.equal(response.status, 204, `${response.url}: ${JSON.stringify(error)}`);
}

/** Returns the title of the problem in an error response; throws if it has no problem. */
function problemTitle({ error, response }: { error?: components["schemas"]["Problem"]; response: Response }): string {
  assert.equal(error?.status, response.status);
  return error.title;
}

async function logIn(password: string): Promise<string> {
  const token = body(await api.POST("/api/v1/auth/login", { body: { email, password } }));
  accessToken = token.access_token;
  return token.refresh_token;
}

async function checkHealth(): Promise<void> {
  assert.equal(body(await api.GET("/health")).status, "ok");
  assert.equal(body(await api.GET("/health/ready")).status, "ready");
  const index = body(await api.GET("/"));
  // The type also allows text, because browsers get the HTML start page.
  assert.ok(typeof index !== "string" && index.links.some((link) => link.href === "/docs"));
}

async function register(): Promise<void> {
  const form = { email, name: "Walker", password: firstPassword, time_zone: "Europe/Lisbon" };
  const params = { header: { "Idempotency-Key": email } };
  const user = body(await api.POST("/api/v1/users", { params, body: form }));
  await logIn(firstPassword);
  assert.deepEqual(body(await api.GET("/api/v1/users/{user_id}", { params: me })), user);
  const mine = { path: { user_id: user.id } };
  assert.deepEqual(body(await api.GET("/api/v1/users/{user_id}", { params: mine })), user);
}

async function changeProfile(): Promise<void> {
  const params = { ...me, header: { "If-Match": '"1"' } };
  const patch = { name: "Wanderer", time_zone: "Asia/Tokyo" };
  const user = body(await api.PATCH("/api/v1/users/{user_id}", { params, body: patch }));
  assert.deepEqual([user.name, user.time_zone, user.version], ["Wanderer", "Asia/Tokyo", 2]);
  const change = { old_password: firstPassword, new_password: secondPassword };
  expectNoContent(await api.PUT("/api/v1/users/me/password", { body: change }));
  assert.equal(problemTitle(await api.GET("/api/v1/users/{user_id}", { params: me })), "Unauthorized");
}

async function useSessions(): Promise<void> {
  const headers = { Authorization: `Bearer ${await logIn(secondPassword)}` };
  accessToken = body(await api.POST("/api/v1/auth/refresh", { headers })).access_token;
  expectNoContent(await api.POST("/api/v1/auth/logout", { params: { query: { everywhere: true } } }));
  assert.equal(problemTitle(await api.GET("/api/v1/users/{user_id}", { params: me })), "Unauthorized");
}

async function writeTasks(): Promise<Task> {
  const params = { header: { "Idempotency-Key": "first" } };
  const taskInput = { title: "Water the plants", category: "home", tags: ["soon"], due_date: "2026-12-24" };
  const created = body(await api.POST("/api/v1/tasks", { params, body: taskInput }));
  assert.deepEqual(body(await api.POST("/api/v1/tasks", { params, body: taskInput })), created);
  const path = { task_id: created.id };
  const replacement = {
    params: { path, header: { "If-Match": `"${created.version}"` } },
    body: { title: "Water the plants", priority: "high" },
  } as const;
  assert.equal(body(await api.PUT("/api/v1/tasks/{task_id}", replacement)).due_date, null);
  assert.equal(problemTitle(await api.PUT("/api/v1/tasks/{task_id}", replacement)), "Precondition Failed");
  const same = {
    params: { path },
    body: body(await api.GET("/api/v1/tasks/{task_id}", { params: { path } })),
  };
  assert.equal(body(await api.PUT("/api/v1/tasks/{task_id}", same)).version, 3);
  const patch = { status: "completed", category: "home" } as const;
  const patched = body(await api.PATCH("/api/v1/tasks/{task_id}", { params: { path }, body: patch }));
  assert.ok(patched.completed_at);
  assert.deepEqual(body(await api.GET("/api/v1/tasks/{task_id}", { params: { path } })), patched);
  const header = { "If-None-Match": `"${patched.version}"` };
  const unchanged = await api.GET("/api/v1/tasks/{task_id}", { params: { path, header } });
  assert.equal(unchanged.response.status, 304);
  return patched;
}

/** Checks that each filter returns the matching tasks, and that every page except the last has a cursor. */
async function listWithFilters(task: Task): Promise<void> {
  const urgent: TaskInput = { title: "Feed the cat", priority: "urgent", tags: ["soon", "cat"], due_date: "2020-02-29" };
  const cat = body(await api.POST("/api/v1/tasks", { body: urgent }));
  const cases: [Filters, Task[]][] = [
    [{}, [cat, task]],
    [{ status: ["completed"] }, [task]],
    [{ status: ["pending", "completed"] }, [cat, task]],
    [{ priority: ["high", "low"] }, [task]],
    [{ has_category: true }, [task]],
    [{ has_due_date: false }, [task]],
    [{ category: "home" }, [task]],
    [{ tag: ["cat", "dog"] }, [cat]],
    [{ q: "cat" }, [cat]],
    [{ overdue: true }, [cat]],
    [{ due_before: "2020-03-01" }, [cat]],
    [{ due_after: "2020-02-28" }, [cat]],
    [{ updated_since: cat.updated_at }, [cat]],
    [{ sort: ["created_at"] }, [task, cat]],
    [{ sort: ["priority", "-due_date"] }, [task, cat]],
  ];
  for (const [query, expected] of cases) {
    assert.deepEqual(body(await api.GET("/api/v1/tasks", { params: { query } })).items, expected);
  }
  const query: Filters = { sort: ["priority"], limit: 1 };
  const first = body(await api.GET("/api/v1/tasks", { params: { query } }));
  assert.ok(first.next_cursor);
  const following = { ...query, cursor: first.next_cursor };
  const last = body(await api.GET("/api/v1/tasks", { params: { query: following } }));
  assert.deepEqual([first.items, last.items, last.next_cursor], [[task], [cat], null]);
}

/** Sends a batch that creates a task, updates a task and deletes a missing one; each operation has a result. */
async function writeBatch(taskId: string): Promise<void> {
  const params = { header: { "Idempotency-Key": "batch" } };
  const operations: components["schemas"]["BatchOperation"][] = [
    { op: "create", task: { title: "Mow the lawn" } },
    { op: "update", id: taskId, task: { tags: ["done"] } },
    { op: "delete", id: randomUUID() },
  ];
  const { results } = body(await api.POST("/api/v1/tasks/batch", { params, body: { operations } }));
  assert.deepEqual(results.map((each) => each.status), [201, 200, 404]);
  assert.equal(results[0]?.task?.title, "Mow the lawn");
  assert.deepEqual(results[1]?.task?.tags, ["done"]);
  assert.equal(results[2]?.problem?.title, "Not Found");
}

async function deleteAndRestore(task: Task): Promise<void> {
  const params = { path: { task_id: task.id } };
  expectNoContent(await api.DELETE("/api/v1/tasks/{task_id}", { params }));
  assert.equal(problemTitle(await api.GET("/api/v1/tasks/{task_id}", { params })), "Not Found");
  const restored = body(await api.POST("/api/v1/tasks/{task_id}/restore", { params }));
  assert.deepEqual([restored.title, restored.version], [task.title, task.version + 2]);
  const history = body(await api.GET("/api/v1/tasks/{task_id}/history", { params })).items;
  const ops = new Set(history.map((step) => step.op));
  assert.deepEqual(ops, new Set(["created", "updated", "deleted", "restored"]));
}

/** Reads the feed from its start, page by page; the first request has no cursor and starts a snapshot. */
async function followChanges(task: Task): Promise<void> {
  let page = body(await api.GET("/api/v1/changes", { params: { query: { limit: 1 } } }));
  const received: FeedItem[] = [...page.items];
  while (page.has_more) {
    const query = { cursor: page.next_cursor };
    page = body(await api.GET("/api/v1/changes", { params: { query } }));
    received.push(...page.items);
  }
  assert.ok(received.some((item) => item.task?.id === task.id));
}

/** The insights are empty, because the hourly pipeline has not run. */
async function readInsights(): Promise<void> {
  assert.equal(body(await api.GET("/api/v1/insights/me")).source, "none");
  const query = { from: "2026-11-01", to: "2026-11-07" };
  const days = body(await api.GET("/api/v1/insights/me/daily", { params: { query } }));
  assert.equal(days.time_zone, "Asia/Tokyo");
  const period = body(await api.GET("/api/v1/insights/me/period", { params: { query } }));
  assert.equal(period.activity.created, 0);
}

async function erase(): Promise<void> {
  expectNoContent(await api.DELETE("/api/v1/users/{user_id}", { params: me, body: { password: secondPassword } }));
  assert.equal(problemTitle(await api.GET("/api/v1/users/{user_id}", { params: me })), "Unauthorized");
}

await checkHealth();
await register();
await changeProfile();
await useSessions();
await logIn(secondPassword);
const task = await writeTasks();
await listWithFilters(task);
await deleteAndRestore(task);
await writeBatch(task.id);
await followChanges(task);
await readInsights();
await erase();
