import Documents
import Planning
import Quantities
import Terminal

/// Kept load tests over time, and what there is to say about the latest of each: `headroom load history`.
public struct LoadHistory: Sendable {
  public let runs: [KeptRun]
  /// By the name that the tests were kept under.
  public let findings: [(name: String, finding: Finding)]

  public init(_ runs: [KeptRun]) {
    self.runs = runs
    let groups = Dictionary(grouping: runs) { "\($0.name)\n\($0.kind.rawValue)" }.sorted { $0.key < $1.key }
    findings = groups.flatMap { group in
      RunHistory.findings(group.value).map { (group.value[0].name, $0) }
    }
  }

  /// Whether something became worse.
  public var isWorse: Bool { findings.contains { $0.finding.severity == .act } }

  /// A table of the runs, then the findings.
  /// - Parameter width: columns.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    // One name for all needs no column, which an address would fill.
    let only = runs.first.flatMap { first in runs.allSatisfy { $0.name == first.name } ? first.name : nil }
    var text = only.map { TerminalText.wrapped($0, width: width).joined(separator: "\n") + "\n\n" } ?? ""
    text += table(withNames: only == nil).text(width: width, style: style) + "\n"
    for (name, finding) in findings {
      let tag =
        switch finding.severity {
        case .act: style(.bad, "worse ")
        case .holds: style(.good, "same  ")
        default: style(.warning, "note  ")
        }
      let words = finding.words
      text += "\(tag)\(name): \(words.what)\n      \(words.because)\n"
      if !words.remedy.isEmpty { text += "      To do: \(words.remedy)\n" }
    }
    return text
  }

  /// `2026-11-24 15:38`, in UTC.
  static func moment(_ time: Timestamp) -> String {
    time.iso8601.prefix(16).split(separator: "T").joined(separator: " ")
  }

  private func table(withNames: Bool) -> TextTable {
    let names: [TextTable.Column] = withNames ? [.init("name", isFlexible: true)] : []
    var table = TextTable(
      [.init("run", .right), .init("when (UTC)")] + names + [
        .init("what"), .init("rate", .right), .init("P50", .right), .init("P99", .right), .init("failed", .right),
        .init(""),
      ])
    for run in runs {
      let isSearch = run.kind == .saturation
      table.add(
        ["\(run.number)", Self.moment(run.time)] + (withNames ? [run.name] : []) + [
          isSearch ? "saturation" : "run",
          NumberFormat.short(isSearch ? run.rate : run.achieved ?? run.rate, digits: 4) + "/s",
          isSearch ? "" : LoadWording.time(run.p50), isSearch ? "" : LoadWording.time(run.p99),
          run.errorShare.map { $0 > 0 ? NumberFormat.significant($0 * 100, 2) + " %" : "0" } ?? "",
          run.isValid ? "" : "INVALID",
        ])
    }
    return table
  }

  /// The same as `headroom/load-history/1`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/load-history/1")
      json.objects("runs", runs) { json, run in
        json.entry("run", Int(run.number))
        json.entry("time", run.time)
        json.entry("name", run.name)
        json.entry("kind", run.kind.rawValue)
        json.entry("url", run.url)
        json.entry("valid", run.isValid)
        json.entry("rate", run.rate)
        json.entry("low", run.low)
        json.entry("high", run.high)
        json.entry("achieved_rate", run.achieved)
        json.entry("p50_ms", run.p50.map { $0 * 1e3 })
        json.entry("p99_ms", run.p99.map { $0 * 1e3 })
        json.entry("error_share", run.errorShare)
      }
      json.objects("findings", findings) { json, item in
        json.entry("name", item.name)
        json.entry("severity", item.finding.severity.rawValue)
        json.entry("code", item.finding.code)
        let words = item.finding.words
        json.entry("what", words.what)
        json.entry("because", words.because)
        json.entry("remedy", words.remedy)
      }
    }
    return json.text
  }
}
