/**
 * A walk through every operation of the API with the client that openapi-typescript generates.
 * Compiling it under --strict checks the document's types; running it checks that the API keeps to them.
 * Usage: node generated/walk.js <address of the API>. Prints one line for each request: method, path, status.
 */
import assert from "node:assert/strict";
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./generated/api.js";

type Task = components["schemas"]["Task"];
type Answer<T> = { data?: T; error?: unknown; response: Response };

const baseUrl = process.argv[2] ?? "http://localhost:8000";
const proof = { email: `walker-${Date.now()}@example.com`, password: "correct horse battery" };

let accessToken = "";
const wiretap: Middleware = {
  onRequest({ request }) {
    if (accessToken) request.headers.set("Authorization", `Bearer ${accessToken}`);
    return request;
  },
  onResponse({ request, response }) {
    console.log(request.method, new URL(request.url).pathname, response.status);
  },
};
const api = createClient<paths>({ baseUrl });
api.use(wiretap);

/** The body of a successful answer; any other answer ends the walk. */
function body<T>({ data, error, response }: Answer<T>): T {
  if (data === undefined) throw new Error(`${response.status} ${response.url}: ${JSON.stringify(error)}`);
  return data;
}

/** Ends the walk unless the answer has this status and, as 204 has, no body. */
function nothing({ error, response }: Answer<unknown>): void {
  assert.equal(response.status, 204, `${response.url}: ${JSON.stringify(error)}`);
}

function idOf(task: Task): string {
  assert.ok(task.id);
  return task.id;
}

async function askHealth(): Promise<void> {
  assert.equal(body(await api.GET("/health")).status, "ok");
  assert.equal(body(await api.GET("/health/ready")).status, "ready");
}

async function signUp(): Promise<void> {
  const user = body(await api.POST("/api/v1/users", { body: { ...proof, name: "Walker", time_zone: "Europe/Lisbon" } }));
  assert.equal(user.email, proof.email);
  const token = body(await api.POST("/api/v1/auth/login", { body: proof }));
  accessToken = token.access_token ?? "";
  const me = body(await api.GET("/api/v1/users/{user_id}", { params: { path: { user_id: "me" } } }));
  assert.deepEqual(me, user);
}

async function writeTasks(): Promise<Task> {
  const params = { header: { "Idempotency-Key": "first" } };
  const first = { params, body: { title: "Water the plants", category: "home", tags: ["soon"], due_date: "2026-12-24" } };
  const created = body(await api.POST("/api/v1/tasks", first));
  assert.deepEqual(body(await api.POST("/api/v1/tasks", first)), created);
  const path = { task_id: idOf(created) };
  const header = { "If-Match": `"${created.version}"` };
  const replaced = body(
    await api.PUT("/api/v1/tasks/{task_id}", { params: { path, header }, body: { title: "Water the plants", priority: "high" } }),
  );
  assert.equal(replaced.due_date, null);
  const patched = body(await api.PATCH("/api/v1/tasks/{task_id}", { params: { path }, body: { status: "completed", category: "home" } }));
  assert.ok(patched.completed_at);
  assert.deepEqual(body(await api.GET("/api/v1/tasks/{task_id}", { params: { path } })), patched);
  return patched;
}

async function listTasks(task: Task): Promise<void> {
  body(await api.POST("/api/v1/tasks", { body: { title: "Buy more plants" } }));
  const query = { status: "completed", priority: "high", category: "home" } as const;
  assert.deepEqual(body(await api.GET("/api/v1/tasks", { params: { query } })).items, [task]);
  const firstPage = body(await api.GET("/api/v1/tasks", { params: { query: { limit: 1 } } }));
  assert.ok(firstPage.next_cursor);
  const lastPage = body(await api.GET("/api/v1/tasks", { params: { query: { limit: 1, cursor: firstPage.next_cursor } } }));
  assert.deepEqual([lastPage.items, lastPage.next_cursor], [[task], null]);
}

async function deleteTask(task: Task): Promise<void> {
  const path = { task_id: idOf(task) };
  nothing(await api.DELETE("/api/v1/tasks/{task_id}", { params: { path } }));
  const { error, response } = await api.GET("/api/v1/tasks/{task_id}", { params: { path } });
  assert.equal(error?.status, response.status);
  assert.equal(error?.title, "Not Found");
}

await askHealth();
await signUp();
const task = await writeTasks();
await listTasks(task);
await deleteTask(task);
