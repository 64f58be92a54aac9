// What a JavaScript application does with the official Qdrant client: node qdrant_story.mjs PORT
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.ALIDADE_NODE_FOLDER + "/package.json");
const { QdrantClient } = await import(pathToFileURL(require.resolve("@qdrant/js-client-rest")));

const client = new QdrantClient({ host: "127.0.0.1", port: Number(process.argv[2]) });
const name = "story";
const ids = (points) => points.map((point) => point.id);

assert.deepEqual(await client.collectionExists(name), { exists: false });
await client.createCollection(name, { vectors: { size: 3, distance: "Cosine" } });
await client.createPayloadIndex(name, { field_name: "color", field_schema: "keyword", wait: true });
await client.upsert(name, {
  wait: true,
  points: [
    { id: 1, vector: [1, 0, 0], payload: { color: "red", size: 1 } },
    { id: 2, vector: [0, 1, 0], payload: { color: "blue", size: 2 } },
    { id: "5c2f7bd4-9b65-4c4f-8ea3-0f9d6a2c1b10", vector: [0.9, 0.1, 0], payload: { color: "red", size: 3 } },
  ],
});
assert.equal((await client.count(name, { exact: true })).count, 3);

const red = { must: [{ key: "color", match: { value: "red" } }] };
const found = await client.query(name, { query: [0, 1, 0], filter: red, limit: 5, with_payload: true });
assert.deepEqual(ids(found.points), ["5c2f7bd4-9b65-4c4f-8ea3-0f9d6a2c1b10", 1]);
assert.deepEqual(found.points[1].payload, { color: "red", size: 1 });
const batch = await client.queryBatch(name, { searches: [{ query: [1, 0, 0], limit: 1 }, { query: 2, limit: 1 }] });
assert.deepEqual(batch.map((answer) => ids(answer.points)), [[1], ["5c2f7bd4-9b65-4c4f-8ea3-0f9d6a2c1b10"]]);

const page = await client.scroll(name, { limit: 2, with_vector: true });
assert.deepEqual(ids(page.points), [1, 2]);
assert.equal(page.next_page_offset, "5c2f7bd4-9b65-4c4f-8ea3-0f9d6a2c1b10");
assert.deepEqual(page.points[0].vector, [1, 0, 0]);

await client.setPayload(name, { payload: { color: "green" }, points: [2], wait: true });
assert.deepEqual((await client.retrieve(name, { ids: [2] }))[0].payload, { color: "green", size: 2 });
await client.delete(name, { filter: red, wait: true });
assert.deepEqual(ids((await client.scroll(name, {})).points), [2]);

await assert.rejects(client.query("nowhere", { query: [1] }), (error) =>
  error.status === 404 && error.data.status.error.includes("Collection `nowhere` doesn't exist"));
await assert.rejects(client.upsert(name, { points: [{ id: 9, vector: [1] }] }), (error) =>
  error.status === 400 && error.data.status.error.includes("expected dim: 3, got 1"));

await client.deleteCollection(name);
assert.deepEqual(await client.collectionExists(name), { exists: false });
console.log("done");
