// What a JavaScript application does with the official Chroma client: node chroma_story.mjs PORT
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.ALIDADE_NODE_FOLDER + "/package.json");
const { ChromaClient, Schema, StringInvertedIndexConfig } = await import(pathToFileURL(require.resolve("chromadb")));

const client = new ChromaClient({ host: "127.0.0.1", port: Number(process.argv[2]), ssl: false });
// The embeddings come with the requests, so there is nothing to embed.
const none = { embeddingFunction: null };

assert.ok((await client.heartbeat()) > 0);
const books = await client.createCollection({ name: "books", ...none, configuration: { hnsw: { space: "cosine" } } });
await books.add({
  ids: ["a", "b", "c"],
  embeddings: [[1, 0, 0], [0, 1, 0], [0.9, 0.1, 0]],
  metadatas: [{ color: "red", n: 1 }, { color: "blue", n: 2 }, { color: "red", n: 3 }],
  documents: ["a red house", "a blue boat", "a red car"],
});
assert.equal(await books.count(), 3);

const found = await books.query({ queryEmbeddings: [[0, 1, 0]], nResults: 5, where: { color: "red" } });
assert.deepEqual(found.ids, [["c", "a"]]);
assert.deepEqual(found.documents, [["a red car", "a red house"]]);
const text = await books.query({ queryEmbeddings: [[0, 1, 0]], nResults: 5, whereDocument: { $contains: "house" } });
assert.deepEqual(text.ids, [["a"]]);

await books.update({ ids: ["b"], metadatas: [{ color: "green" }] });
const rows = await books.get({ ids: ["b"], include: ["metadatas", "embeddings"] });
assert.deepEqual(rows.metadatas, [{ color: "green", n: 2 }]);
assert.deepEqual(Array.from(rows.embeddings[0]), [0, 1, 0]);
await books.upsert({ ids: ["d"], embeddings: [[0, 0, 1]], metadatas: [{ n: 4 }] });
await books.delete({ where: { n: { $gte: 3 } } });
assert.deepEqual((await books.get()).ids, ["a", "b"]);

await assert.rejects(client.getCollection({ name: "nowhere", ...none }), { name: "ChromaNotFoundError" });
await assert.rejects(client.createCollection({ name: "books", ...none }), { name: "ChromaUniqueError" });
await assert.rejects(books.add({ ids: ["z"], embeddings: [[1, 2]] }));
assert.equal(await books.count(), 2);

await client.deleteCollection({ name: "books" });

// A schema beside the embedding function that the client names when nobody does.
for (const keep of [true, false]) {
  const schema = new Schema();
  if (!keep) schema.deleteIndex(new StringInvertedIndexConfig(), "color");
  const shelf = await client.createCollection({ name: "shelf", schema });
  await shelf.add({ ids: ["a"], embeddings: [[1, 0]], metadatas: [{ color: "red" }] });
  if (keep) {
    assert.deepEqual((await shelf.get({ where: { color: "red" } })).ids, ["a"]);
  } else {
    await assert.rejects(shelf.get({ where: { color: "red" } }), /indexing is disabled/);
  }
  await client.deleteCollection({ name: "shelf" });
}
assert.equal(await client.countCollections(), 0);
console.log("done");
