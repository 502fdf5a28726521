import Catalogs
import Documents
import Glibc
import LoadTesting
import Quantities
import Storing
import Terminal
import Traffic
import Wire

/// Readers of what is no text: HTTP/2 and gRPC from a server that does as it likes, store files that a disk has damaged; and
/// of the documents that name models, requests and sessions.
extension Fuzzing {
  static let stored: [Target] = [http2, grpc, mirror, store, scenario, tokens, model]

  // MARK: HTTP/2

  private static let http2 = Target(
    name: "http2", endings: [], seeds: [], words: [],
    makeSeeds: {
      let settings = frame(4, 0, 0, [])
      let answer =
        frame(1, 4, 1, [0x88]) + frame(0, 0, 1, Array("hello".utf8)) + frame(0, 1, 1, GRPCMessageReader.framed([7, 8]))
      return [
        settings + frame(4, 1, 0, []) + answer,
        // Settings with values, a ping, windows, a trailer.
        frame(4, 0, 0, [0, 3, 0, 0, 0, 9, 0, 4, 0, 0, 0xFF, 0xFF]) + frame(6, 0, 0, Array(repeating: 1, count: 8))
          + frame(8, 0, 0, [0, 0, 1, 0]) + frame(8, 0, 1, [0, 0, 1, 0]) + frame(1, 4, 1, [0x88])
          + frame(1, 5, 1, [0x40, 1, 0x61, 1, 0x62]),
        // Fields in two frames; a stream reset; farewell.
        settings + frame(1, 0, 1, [0x88]) + frame(9, 4, 1, [0x40, 1, 0x61, 1, 0x62]) + frame(3, 0, 3, [0, 0, 0, 7])
          + frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]),
        // A push that nobody asked for.
        settings + frame(5, 4, 1, [0, 0, 0, 2, 0x82]) + answer,
      ]
    }
  ) { bytes in
    guard let session = HTTP2Session(tickets: 3) else { return false }
    defer { session.end() }
    let request = Array("GET".utf8)
    return request.withUnsafeBufferPointer { get in
      func field(_ name: StaticString, _ value: StaticString) -> (
        name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>
      ) {
        (
          UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
          UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount)
        )
      }
      let asked = HTTP2Request(
        fields: [
          (name: field(":method", "GET").name, value: get), field(":scheme", "http"), field(":authority", "a"),
          field(":path", "/"),
        ], body: nil)
      defer { asked.end() }
      for ticket in 0..<2 { session.submit(asked, ticket: ticket) }
      let room = UnsafeMutablePointer<UInt8>.allocate(capacity: 4096)
      defer { room.deallocate() }
      var isSound = true
      var completed = false
      bytes.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        var at = 0
        let piece = 1 + bytes.count % 29
        while at < buffer.count, isSound {
          var turns = 0
          while session.output(into: room, 4096) > 0 {
            turns += 1
            precondition(turns < 10_000, "a session that never has said enough")
          }
          let count = min(piece, buffer.count - at)
          isSound = session.receive(base + at, count)
          for i in 0..<session.eventCount {
            let event = session.event(i)
            precondition(event.ticket < 3, "an event of a ticket that was never given")
            precondition(
              event.count == 0 || Int(event.start) + Int(event.count) <= count, "content beyond what came: \(event)")
            if event.kind == .complete { completed = true }
          }
          at += count
        }
      }
      return isSound && completed
    }
  }

  /// A frame of HTTP/2 (RFC 9113, 4.1).
  private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0, UInt8(payload.count >> 8), UInt8(payload.count & 255), type, flags, 0, 0, 0, stream] + payload
  }

  private static let grpc = Target(
    name: "grpc", endings: [], seeds: ["\0\0\0\0\u{3}abc\0\0\0\0\0"], words: ["\0\0\0\0\u{1}", "\u{1}"]
  ) { bytes in
    var reader = GRPCMessageReader()
    var whole = GRPCMessageReader()
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var offset = 0
      while whole.next(base, buffer.count, from: &offset) {}
      var at = 0
      while at < buffer.count {
        let count = min(1 + at % 7, buffer.count - at)
        var offset = 0
        while reader.next(base + at, count, from: &offset) {}
        at += count
      }
    }
    precondition(
      reader.messages == whole.messages && reader.isBetweenMessages == whole.isBetweenMessages,
      "messages depend on the pieces they come in")
    return whole.messages > 0
  }

  // MARK: Files

  /// A store file with something in every table.
  private static func storeFile() -> [UInt8] {
    let path = "/dev/shm/headroom-fuzz-seed-\(getpid())"
    defer { for ending in ["", "-wal", "-shm"] { unlink(path + ending) } }
    let now = Timestamp(secondsSinceEpoch: 1_700_000_000)
    do {
      let store = try Store(path: path)
      try store.saveTrace(
        StoredTrace(name: "a", source: "b", start: now, step: .seconds(60), samples: [1, .nan, 3]), at: now)
      try store.savePlan(name: "p", document: "plan: p\n", result: "{\"replicas\": 3}", at: now)
      try store.saveForecast(of: "p", start: now, step: .hours(1), result: "{\"mean\": [1, 2]}", at: now)
      try store.saveRun(plan: "p", kind: "load", result: "{}", at: now)
    } catch { return [] }
    return (try? Input.read(path: path)) ?? []
  }

  private static let store = Target(
    name: "store", endings: [], seeds: [], words: ["CREATE TABLE", "plan", "trace", "{", "\0"],
    isPaged: true, makeSeeds: { [storeFile()] }
  ) { bytes in
    let path = "/dev/shm/headroom-fuzz-store-\(getpid())"
    guard (try? Output.write(bytes, to: path)) != nil else { return false }
    defer { for ending in ["", "-wal", "-shm"] { unlink(path + ending) } }
    var isWhole = true
    for access in [Store.Access.readOnly, .readWrite] {
      do {
        let store = try Store(path: path, access: access, busyTimeout: .zero)
        for one in try store.listTraces() { _ = try? store.loadTrace(one.name) }
        for one in try store.plans() { _ = try store.planHistory(one.name) }
        _ = try store.forecasts()
        _ = try store.runs()
        _ = try store.reviews()
        if access == .readWrite {
          try store.savePlan(name: "n", document: "", result: "{}", at: Timestamp(secondsSinceEpoch: 0))
        }
      } catch { isWhole = false }
    }
    return isWhole
  }

  private static let scenario = Target(
    name: "scenario", endings: ["scenario.yaml"],
    seeds: [
      "scenario: shop\nservice: http://127.0.0.1:1\nstages: [{ rate: 5/s, for: 1s }, { to: 9/s, for: 2s }]\nsteps:\n  - { name: login, post: /login, json: { u: '{{uuid}}' }, take: { token: { json: /token } }, check: { status: 200 } }\n  - { get: '/a?t={{token}}', think: 1s to 3s, times: 3 }\nexpect: [login p99 < 1s]\n"
    ],
    words: ["{{", "}}", "{{uuid}}", "take: ", "think: ", "stages: ", "1e9/s", "-1s", "pattern: '('"]
  ) { bytes in
    let sources = ScenarioSources(
      rows: { _ in [["a": "1"]] }, text: { _ in Array("a,b\n1,2\n".utf8) }, variable: { _ in nil })
    return (try? Scenario.read(bytes, file: "scenario.yaml", sources: sources)) != nil
  }

  private static let tokens = Target(
    name: "token-trace", endings: [".jsonl"],
    seeds: [
      "{\"timestamp\": 0, \"input_length\": 900, \"output_length\": 50, \"hash_ids\": [0, 1]}\n{\"timestamp\": 27, \"input_length\": 1300, \"output_length\": 9, \"hash_ids\": [0, 2, 3]}\n",
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8\n",
      "{\"arrival_s\": 0.5, \"input_tokens\": 10, \"output_tokens\": 3, \"prefix\": \"a\"}\n",
    ], words: ["-1", "1e18", "null", "[]", "9223372036854775807", "hash_ids"]
  ) { bytes in (try? TokenTrace(bytes, file: "t")) != nil }

  private static let model = Target(
    name: "model", endings: ["config.json"],
    seeds: [
      "{\"architectures\": [\"LlamaForCausalLM\"], \"hidden_size\": 64, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"intermediate_size\": 128, \"vocab_size\": 100, \"torch_dtype\": \"bfloat16\"}",
      "{\"model_type\": \"deepseek_v3\", \"hidden_size\": 64, \"num_hidden_layers\": 3, \"num_attention_heads\": 4, \"kv_lora_rank\": 16, \"qk_rope_head_dim\": 8, \"n_routed_experts\": 8, \"num_experts_per_tok\": 2, \"moe_intermediate_size\": 32, \"intermediate_size\": 128, \"vocab_size\": 100}",
    ], words: ["-1", "0", "1e308", "9223372036854775807", "null", "sliding_window", "layer_types", "[]"]
  ) { bytes in
    guard let node = try? JSON.parse(bytes), let model = try? ModelArchitecture(huggingFace: node, name: "m") else {
      return false
    }
    return model.parameters > 0
  }
}
