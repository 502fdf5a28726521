import Catalogs
import Documents
import Glibc
import HeadroomTesting
import Serving
import Testing

@testable import Planning

/// The schema describes the plan file; the parser reads it. These tests hold one to the other.
@Suite("The plan schema") struct PlanSchemaTests {
  /// Every key of the schema.
  private func keys(_ schema: Schema) -> [String] {
    switch schema {
    case .object(let object): object.fields.flatMap { [$0.name] + keys($0.schema) }
    case .list(let element): keys(element)
    case .map(let value): keys(value)
    case .any(let branches, _): branches.flatMap { keys($0) }
    case .bounded(let inner, _, _): keys(inner)
    default: []
    }
  }

  @Test("every key of the schema is read by the parser, and no other")
  func parserReadsEveryKey() throws {
    // A slice's keys and their reading stand in its own folder.
    let folders = [
      "Plan", "Demand", "Service", "Headroom", "Fleet", "Scaling", "Simulation", "Cost", "Recovery",
      "Commitments", "Training", "Placement",
    ].map {
      "Planning/\($0)"
    }
    let source = try (folders + ["Serving", "Serving/Models", "Catalogs/Reading"]).map {
      try Checkout.texts($0).joined()
    }
    .joined()
    // The policies read themselves, and the specs of manifests are read by the manifests' own readers.
    let policies = try Checkout.texts("Scaling/Policies").joined() + Checkout.texts("Scaling/Recipes").joined()
    let manifests = try Checkout.texts("Scaling/Manifests").joined() + Checkout.texts("Scaling/Replay").joined()
    let keys = Set(keys(PlanFormat.tested.schema))
    // Keys that schema and reader make of one list, and the stubs of sources.
    let made = Set(Objective.schema.fields.map(\.name)).union(Lifecycle.allCases.map(\.rawValue))
      .union(["csv", "ndjson"])
    for key in keys.subtracting(made) {
      #expect((source + policies + manifests).contains("\"\(key)\""), "the parser never reads '\(key)'")
    }
    // Keys that the parser asks for, as node["key"]: each is in the schema.
    var before: Substring = ""
    for part in (source + policies).components(separatedBy: "[\"") {
      // A subscript follows a name, an optional or another subscript; anything else is a list of words.
      let isSubscript = before.last.map { $0.isLetter || $0 == "?" || $0 == "]" } ?? false
      before = part[...]
      let key = part.prefix { $0 != "\"" }
      if !isSubscript || key.contains(".") { continue }  // with a dot: a path of `places`
      #expect(keys.contains(String(key)), "the parser reads '\(key)', which the schema does not know")
    }
  }

  @Test("examples in the schema are accepted by the parser")
  func examplesParse() throws {
    // One example value for each quantity: the JSON Schema shows them, so they must be right.
    let text = """
      plan: recommendations
      traffic: { average: 30000/s, peak to average: 2.5, time zone: Europe/Berlin, growth: 20%/year }
      service: { service time: 20ms, concurrency: 32, utilization: 80%, queue: 5s, running: 108 }
      headroom: { cover: { forecast error: 90%, failures: 1 of 3 zones, scaling lag: true, growth until: 30d } }
      prices: { g5.xlarge: $0.85/h }
      horizon: 90d
      quota lead: 14d
      """
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    let (demand, service) = (spec[DemandSlice.self], spec[ServiceSlice.self])
    #expect(abs((demand.growth?.mid.rawValue ?? 0) - 0.2) < 1e-12 && demand.timeZone == "Europe/Berlin")
    #expect(service.queueLimit == .seconds(5) && service.running == 108 && demand.horizon == .days(90))
  }

  @Test("the JSON Schema is JSON, and names every key")
  func jsonSchema() throws {
    let text = PlanFormat.tested.schema.jsonSchema(title: "Headroom plan", id: "headroom/plan-file/1")
    let node = try JSON.parse(text)
    #expect(node["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
    for key in keys(PlanFormat.tested.schema) { #expect(text.contains("\"\(key)\"")) }
  }
}

/// The texts of the Swift files of a folder of Sources.
enum Checkout {
  static func texts(_ folder: String) throws -> [String] {
    let path = TestFiles.source(folder)
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var texts: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".swift") {
        texts.append(String(decoding: try Input.read(path: "\(path)/\(name)"), as: UTF8.self))
      }
    }
    return texts
  }
}

enum TestFiles {
  static func source(_ path: String) -> String {
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Sources/" + path
  }
}

extension String {
  func components(separatedBy separator: String) -> [String] {
    var parts: [String] = []
    var rest = Substring(self)
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
