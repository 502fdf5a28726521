import Documents
import Glibc
import HeadroomTesting
import Testing

@testable import Scaling

/// Every scenario that the real controllers' code has answered, exact at every sync.
@Suite struct ConformanceTests {
  private func vectors(_ name: String) throws -> Node {
    try JSON.parse(try #require(bytes(TestData.path("autoscaling/\(name)"))))
  }

  private func bytes(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let n = fread(&buffer, 1, buffer.count, file), n > 0 { bytes.append(contentsOf: buffer[..<n]) }
    return bytes
  }

  /// The scenario as a question: without what is to be answered, and with the file's defaults.
  private func question(_ scenario: Node, without answers: [String], defaults: Node? = nil) throws -> Node {
    var json = JSONWriter()
    json.object { json in
      for (key, _, value) in scenario.entries ?? [] where !answers.contains(key) {
        json.key(key)
        json.node(value)
      }
      if let defaults {
        json.key("defaults")
        json.node(defaults)
      }
    }
    return try JSON.parse(json.bytes)
  }

  /// Compares whole values by their JSON text.
  private func text(_ node: Node?) -> String {
    var json = JSONWriter()
    if let node { json.node(node) }
    return json.text
  }

  private func check(
    _ scenarios: Node, answers: [String], others: [String] = [], defaults: Node? = nil,
    answer: (Node) throws(Diagnostics) -> [UInt8]
  ) throws {
    for scenario in scenarios.elements ?? [] {
      let reply = try JSON.parse(
        try answer(try question(scenario, without: answers + others, defaults: defaults)))
      for key in ["id"] + answers {
        #expect(text(reply[key]) == text(scenario[key]), "\(text(scenario["id"])) \(key)")
      }
    }
  }

  @Test(
    "HPA: replicas, proposals and conditions are exact at every sync",
    .enabled(if: TestData.isPresent, "measured data not present")) func hpa() throws
  {
    let file = try vectors("hpa_vectors_dev.json")
    try check(
      try #require(file["scenarios"]), answers: ["replicas", "raw", "able", "limited"], defaults: file["defaults"],
      answer: { (node) throws(Diagnostics) in try HPAReplay.answer(node) })
  }

  @Test(
    "Knative: desired, excess burst capacity and panic are exact at every tick",
    .enabled(if: TestData.isPresent, "measured data not present")) func knative() throws
  {
    try check(
      try #require(try vectors("kpa_vectors_dev.json")["scenarios"]), answers: ["desired", "ebc", "panic"],
      others: ["stable", "panicAvg"], answer: { (node) throws(Diagnostics) in try KnativeReplay.answer(node) })
  }

  @Test(
    "Ray Serve: the target is exact at every decision",
    .enabled(if: TestData.isPresent, "measured data not present")) func rayServe() throws
  {
    try check(
      try #require(try vectors("ray_vectors_dev.json")["scenarios"]), answers: ["target"],
      answer: { (node) throws(Diagnostics) in try RayServeReplay.answer(node) })
  }
}
