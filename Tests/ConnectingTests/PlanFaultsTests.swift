import Connecting
import Documents
import Foundation
import HeadroomTesting
import Planning
import Quantities
import Testing

/// Every mistake of a plan and of all that it names is told in one run, each once.
@Suite("Faults of a plan") struct PlanFaultsTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func faults(_ text: String) throws -> Diagnostics {
    let path = try folder.write("plan.yaml", text)
    let now = Timestamp(iso8601: "2026-01-10T00:00:00Z") ?? Timestamp(nanosecondsSinceEpoch: 0)
    do {
      _ = try PlanFile(path: path, PlanFile.Options(now: now))
      return Diagnostics()
    } catch let error as Diagnostics {
      return error
    }
  }

  private static func told(_ faults: Diagnostics, _ words: String) -> Int {
    faults.all.filter { $0.severity == .error && $0.message.contains(words) }.count
  }

  @Test("names, files, manifests, machines, zones, values and rows of the traffic come together, each once")
  func together() throws {
    _ = try folder.write(
      "hpa.yaml",
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: x }\nspec: { maxReplicas: 0 }\n")
    _ = try folder.write(
      "traffic.csv", "time,rps\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,two\n2026-01-01T02:00:00Z,3\n")
    let faults = try faults(
      """
      plan: shop
      trafic: 1
      traffic:
        source: { csv: traffic.csv }
        time zone: Europe/Berlinn
        events:
          - { name: Launch, lift: 4 }
          - { name: Sale, date: 2026-13-01, lift: 2 }
      service:
        capacity: fast
        objective: { p99: , p95: 100ms }
        startup: { node: 90 }
      machines: [ { type: g5.xlrge } ]
      scaling: { hpa: hpa.yaml }
      horizon: 90d
      """)
    for words in [
      "unknown key 'trafic'", "'Europe/Berlinn' is not a time zone", "'Launch' has no date", "'date' is not",
      "'capacity' is not a rate", "'p99' has no value", "'node' is not a span", "'g5.xlrge' is not in the catalog",
      "'maxReplicas'", "two",
    ] { #expect(Self.told(faults, words) == 1, "\(words):\n\(faults)") }
    // A date that cannot be read is not a date that is missing.
    #expect(Self.told(faults, "'Sale' has no date") == 0)
    #expect(Set(faults.all).count == faults.all.count)
  }

  @Test(
    "files that a key names and that are not there, or hold something else, are told at once, at the key or in the file"
  )
  func namedFiles() throws {
    _ = try folder.write("other.json", "{ \"a\": 1 }")
    let faults = try faults(
      """
      plan: shop
      traffic: { average: 10/s }
      service:
        measured: [none.json, other.json, nix.json]
      machines: [ { type: g5.xlarge } ]
      spent: bill.csv
      """)
    for (words, line) in [
      ("none.json'", 4), ("nix.json'", 4), ("'other.json' is no result of a load test", 1),
      ("bill.csv", 6),
    ] {
      let told = faults.all.filter { $0.severity == .error && $0.message.contains(words) }
      #expect(told.count == 1 && told.first?.location?.line == line, "\(words):\n\(faults)")
    }
    let curve = try self.faults(
      "plan: x\ntraffic: { average: 1/s }\nservice:\n  curve: none.csv\nmachines: [ { type: g5.xlarge } ]\n")
    #expect(curve.all.first { $0.message.contains("none.csv") }?.location?.line == 4, "\(curve)")
  }

  @Test("several services' faults come together, what they share once")
  func services() throws {
    let faults = try faults(
      """
      plan: all
      machines: [ { type: none.large } ]
      services:
        a:
          traffic: { source: { csv: missing-a.csv } }
          service: { capacity: 5/s }
        b:
          traffic: { source: { csv: missing-b.csv } }
          service: { capacity: fast }
      """)
    for words in ["none.large", "missing-a.csv", "missing-b.csv", "'capacity' is not a rate"] {
      #expect(Self.told(faults, words) == 1, "\(words):\n\(faults)")
    }
  }

  @Test("a file that is not there, alone, stays the error of its kind")
  func alone() throws {
    let path = try folder.write(
      "plan.yaml", "plan: x\ntraffic: { source: { csv: none.csv } }\nservice: { capacity: 5/s }\n")
    let now = Timestamp(nanosecondsSinceEpoch: 0)
    #expect(throws: DocumentError.self) { try PlanFile(path: path, PlanFile.Options(now: now)) }
  }

  @Test(
    "a key without a value says so, wherever it stands",
    arguments: [
      "service: { capacity: }", "service: { capacity: 5/s, objective: { p99: } }",
      "service: { capacity: 5/s }\nhorizon:",
      "service: { capacity: 5/s }\nmachines:", "service: { capacity: 5/s }\nscaling: { hpa: }", "service:",
    ])
  func empty(_ rest: String) throws {
    let faults = try faults("plan: x\ntraffic: { average: 5/s }\n\(rest)\n")
    #expect(Self.told(faults, "has no value") == 1, "\(faults)")
    #expect(faults.all.allSatisfy { $0.help != nil && $0.location != nil })
  }

  @Test("a bare number where a unit is asked is taken with a word")
  func bare() throws {
    let path = try folder.write(
      "plan.yaml",
      "plan: x\ntraffic: { average: 100 }\nservice: { capacity: 5 }\nmachines: [ { type: g5.xlarge } ]\nprices: { g5.xlarge: 0.85 }\n"
    )
    let file = try PlanFile(path: path, PlanFile.Options(now: Timestamp(nanosecondsSinceEpoch: 0)))
    let told = file.warnings.all.map(\.message)
    #expect(told.count == 3 && told.allSatisfy { $0.contains("has no unit") }, "\(told)")
    #expect(file.warnings.all.compactMap(\.help) == ["write 100/s", "write 5/s", "write $0.85/h"])
  }

  @Test("a currency is said once: the plan's prices count in it, others are refused, the catalog's do not slip in")
  func currency() throws {
    let good =
      "plan: x\ncurrency: EUR\ntraffic: { average: 100/s }\nservice: { capacity: 5/s }\nmachines: [ { type: g5.xlarge } ]\n"
    let path = try folder.write("plan.yaml", good + "prices: { g5.xlarge: 1.20 EUR/h }\nbudget: 50k EUR\n")
    let file = try PlanFile(path: path, PlanFile.Options(now: Timestamp(nanosecondsSinceEpoch: 0)))
    #expect(file.currency.code == "EUR" && file.services[0].plan.currency.code == "EUR")
    let outcome = try file.services[0].outcome(seed: 1)
    #expect(outcome.ledger.all.filter { $0.shown.contains("EUR") }.count >= 2)
    #expect(!outcome.ledger.all.contains { "\($0)".contains("$") })
    #expect(
      Self.told(
        try faults(good + "prices: { g5.xlarge: $1.20/h }\n"), "is in US dollars, and amounts here count in EUR") == 1)
    #expect(Self.told(try faults(good), "the price of 'g5.xlarge' is in US dollars") == 1)
    #expect(
      Self.told(
        try faults("plan: x\ncurrency: EURO\ntraffic: { average: 1/s }\nservice: { capacity: 5/s }\n"), "not a currency"
      ) == 1)
  }
}
