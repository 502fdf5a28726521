import Documents
import Planning
import Quantities
import Storing
import Terminal

struct LoadHistoryVerb: Verb {
  static let info = VerbInfo(
    "history", "has the service become slower, or can it carry less?",
    discussion: """
      Lists the load tests that --store kept, and holds the latest of each name against the earlier ones that asked the \
      same: the same address, a rate within 5 %. The unit is the run, not the request: the scatter between runs says \
      what chance does (Student's t on logarithms, 1 % false alarms), so three earlier runs are the fewest. A change \
      that chance could explain is said to be so.
      """,
    examples: [
      Example("headroom load history --store runs.db", "all of them"),
      Example("headroom load history --store runs.db --name checkout", "one service; exit 2 where it became worse"),
    ], seeAlso: ["load", "load saturation"], section: "Testing")

  let common: SharedOptions
  let store: String
  let name: String?

  init(_ a: inout Arguments) throws(UsageError) {
    store = try a.option("store", value: "FILE", help: "the database of --store", completion: .files(["db"]))
    name = try a.option("name", value: "NAME", help: "tests of this name only")
    common = try SharedOptions(&a, formats: [.text, .json])
  }

  func run() throws -> ExitCode {
    let records = try Store(path: store, access: .readOnly).runs(of: name)
    let runs = records.reversed().compactMap {
      KeptRun(number: $0.id, time: $0.saved, name: $0.plan, result: Array($0.result.utf8))
    }
    guard !runs.isEmpty else {
      throw Failure(
        "\(store) keeps no load test\(name.map { " of '\($0)'" } ?? ""). Keep one: headroom load URL --store \(store)"
          + (name.map { " --name '\($0)'" } ?? "") + ".", exitCode: .badInput)
    }
    var findings: [(name: String, finding: Finding)] = []
    for group in Dictionary(grouping: runs, by: { "\($0.name)\n\($0.kind.rawValue)" }).sorted(by: { $0.key < $1.key }) {
      for finding in RunHistory.findings(group.value) { findings.append((group.value[0].name, finding)) }
    }
    if common.format == .json { writeJSON(runs, findings) } else { writeText(runs, findings) }
    return findings.contains { $0.finding.severity == .act } ? .objectiveMissed : .done
  }

  /// `2026-11-24 15:38`, in UTC.
  private static func moment(_ time: Timestamp) -> String {
    time.iso8601.prefix(16).split(separator: "T").joined(separator: " ")
  }

  private func writeText(_ runs: [KeptRun], _ findings: [(name: String, finding: Finding)]) {
    let console = common.console
    var table = TextTable([
      .init("run", .right), .init("when (UTC)"), .init("name", isFlexible: true), .init("what"), .init("rate", .right),
      .init("P50", .right), .init("P99", .right), .init("failed", .right), .init(""),
    ])
    for run in runs {
      let isSearch = run.kind == .saturation
      let rate =
        isSearch
        ? NumberFormat.short(run.rate, digits: 4) + "/s"
        : NumberFormat.short(run.achieved ?? run.rate, digits: 4) + "/s"
      table.add([
        "\(run.number)", Self.moment(run.time), run.name, isSearch ? "saturation" : "run", rate,
        isSearch ? "" : LoadText.time(run.p50), isSearch ? "" : LoadText.time(run.p99),
        run.errorShare.map { $0 > 0 ? NumberFormat.significant($0 * 100, 2) + " %" : "0" } ?? "",
        run.isValid ? "" : "INVALID",
      ])
    }
    console.write(table.text(width: console.width, style: console.style))
    console.print()
    for (name, finding) in findings {
      let tag: String
      switch finding.severity {
      case .act: tag = console.style(.bad, "worse ")
      case .holds: tag = console.style(.good, "same  ")
      default: tag = console.style(.warning, "note  ")
      }
      console.print("\(tag)\(name): \(finding.what)")
      console.print("      \(finding.because)")
      if !finding.remedy.isEmpty { console.print("      To do: \(finding.remedy)") }
    }
  }

  private func writeJSON(_ runs: [KeptRun], _ findings: [(name: String, finding: Finding)]) {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/load-history/1")
      json.key("runs")
      json.array { json in
        for run in runs {
          json.object { json in
            json.key("run")
            json.integer(Int(run.number))
            for (key, value) in [
              ("time", run.time.iso8601), ("name", run.name), ("kind", run.kind.rawValue), ("url", run.url),
            ] {
              json.key(key)
              json.string(value)
            }
            json.key("valid")
            json.bool(run.isValid)
            for (key, value) in [
              ("rate", run.rate), ("low", run.low), ("high", run.high), ("achieved_rate", run.achieved),
              ("p50_ms", run.p50.map { $0 * 1e3 }), ("p99_ms", run.p99.map { $0 * 1e3 }),
              ("error_share", run.errorShare),
            ] as [(String, Double?)] {
              json.key(key)
              json.number(value ?? .nan)
            }
          }
        }
      }
      json.key("findings")
      json.array { json in
        for (name, finding) in findings {
          json.object { json in
            for (key, value) in [
              ("name", name), ("severity", finding.severity.rawValue), ("code", finding.code), ("what", finding.what),
              ("because", finding.because), ("remedy", finding.remedy),
            ] {
              json.key(key)
              json.string(value)
            }
          }
        }
      }
    }
    common.console.print(json.text)
  }
}
