import Documents
import Quantities
import Scaling
import Terminal

/// What a controller would have done on recorded metrics: `headroom replay`.
public struct ReplayReport: Sendable {
  public let replay: RecordedReplay
  /// `"HorizontalPodAutoscaler shop"`.
  public let title: String
  /// Where the metrics came from.
  public let source: String
  public let zone: TimeZoneRules
  /// How many changes the terminal shows; nil for all.
  public let limit: Int?
  let provenance: Provenance

  public init(
    _ replay: RecordedReplay, title: String, source: String, zone: TimeZoneRules = .utc, limit: Int? = 40,
    provenance: Provenance = Provenance()
  ) {
    self.limit = limit
    self.provenance = provenance
    self.replay = replay
    self.title = title
    self.source = source
    self.zone = zone
  }

  var summary: RecordedReplay.Summary { replay.summary }
  var hours: Double { max(summary.replicaSeconds, 0) / 3600 }
  var meanReplicas: Double {
    summary.seconds > 0 ? summary.replicaSeconds / summary.seconds : Double(summary.highest)
  }

  public func terminal(width: Int, style: Style) -> String {
    var text = TerminalText.wrapped(headline, width: width).joined(separator: "\n") + "\n\n"
    let hasRecorded = replay.changes.contains { $0.recorded >= 0 }
    var columns: [TextTable.Column] = [.init("time"), .init("from", .right), .init("to", .right)]
    if hasRecorded { columns.append(.init("was", .right)) }
    // The reason is what was asked for: it is never cut.
    columns.append(.init("because"))
    var table = TextTable(columns)
    for look in replay.changes.prefix(limit ?? .max) {
      var cells = [Self.time(look.time, zone), "\(look.before)", "\(look.after)"]
      if hasRecorded { cells.append(look.recorded >= 0 ? NumberFormat.grouped(look.recorded) : "") }
      table.add(cells + ["\(look.because)"])
    }
    if !table.isEmpty { text += table.text(width: width, style: style) }
    if let limit, replay.changes.count > limit {
      text += "... and \(replay.changes.count - limit) more changes: --all shows them, --format csv every look.\n"
    }
    return text
  }

  var headline: String {
    guard let start = summary.start, let end = summary.end else { return "\(title): nothing was looked at." }
    var sentences = [
      "\(title) would have looked \(NumberFormat.grouped(Double(summary.looks))) times from "
        + "\(Self.time(start, zone)) to \(Self.time(end, zone)) and changed the replicas "
        + "\(NumberFormat.grouped(Double(summary.changes))) times, between \(summary.lowest) and \(summary.highest), "
        + "\(NumberFormat.significant(meanReplicas, 3)) on average."
    ]
    if summary.recordedReplicaSeconds > 0 {
      sentences.append(
        "\(NumberFormat.short(hours, digits: 3)) replica-hours, where "
          + "\(NumberFormat.short(summary.recordedReplicaSeconds / 3600, digits: 3)) were recorded.")
    }
    if summary.flaps > 0 {
      sentences.append(
        summary.flaps == 1
          ? "Once it turned round within ten minutes." : "\(summary.flaps) times it turned round within ten minutes.")
    }
    if summary.blindLooks > 0 {
      sentences.append("At \(NumberFormat.grouped(Double(summary.blindLooks))) looks a metric was missing.")
    }
    return sentences.joined(separator: " ")
  }

  public func markdown() -> String {
    var table = TextTable([
      .init("time"), .init("from", .right), .init("to", .right), .init("recorded", .right), .init("because"),
    ])
    for look in replay.changes {
      table.add([
        Self.time(look.time, zone), "\(look.before)", "\(look.after)",
        look.recorded >= 0 ? NumberFormat.grouped(look.recorded) : "", "\(look.because)",
      ])
    }
    return "# \(Report.safe(title))\n\n\(Report.safe(headline))\n\n" + (table.isEmpty ? "" : table.markdown)
  }

  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      func field(_ key: String, _ value: Int) {
        json.key(key)
        json.integer(value)
      }
      func field(_ key: String, _ value: String) {
        json.key(key)
        json.string(value)
      }
      field("schema", "headroom/replay/1")
      field("policy", title)
      field("source", source)
      field("mode", replay.mode.rawValue)
      if let start = summary.start { field("start", start.iso8601) }
      if let end = summary.end { field("end", end.iso8601) }
      field("looks", summary.looks)
      field("changes", summary.changes)
      field("flaps", summary.flaps)
      field("blind_looks", summary.blindLooks)
      if summary.looks > 0 { field("lowest", summary.lowest) }
      field("highest", summary.highest)
      json.key("mean_replicas")
      json.number(meanReplicas)
      json.key("replica_hours")
      json.number(hours)
      if summary.recordedReplicaSeconds > 0 {
        json.key("recorded_replica_hours")
        json.number(summary.recordedReplicaSeconds / 3600)
      }
      json.key("decisions")
      json.array { json in
        for look in replay.changes {
          json.object { json in
            json.key("time")
            json.string(look.time.iso8601)
            json.key("from")
            json.integer(look.before)
            json.key("to")
            json.integer(look.after)
            if look.recorded >= 0 {
              json.key("recorded")
              json.number(look.recorded)
            }
            json.key("rule")
            json.string("\(look.because.rule.name)")
            json.key("because")
            json.string("\(look.because)")
          }
        }
      }
    }
    return json.text + "\n"
  }

  // MARK: CSV

  public static let csvHeader = "time,replicas,recorded,proposed,rule,because\n"

  /// Every look is a line; written as they come, because a year has two million.
  public static func csv(_ look: RecordedReplay.Look) -> String {
    var csv = CSVWriter()
    csv.string(look.time.iso8601)
    csv.integer(look.after)
    csv.number(look.recorded)
    if look.because.proposed >= 0 { csv.integer(look.because.proposed) } else { csv.empty() }
    csv.string("\(look.because.rule.name)")
    csv.string("\(look.because)")
    csv.endRow()
    return csv.text
  }

  static func time(_ time: Timestamp, _ zone: TimeZoneRules) -> String {
    let (date, second) = zone.local(time)
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    return "\(date) \(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
  }
}
