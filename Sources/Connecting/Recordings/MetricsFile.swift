import Documents
import Quantities
import Scaling
import Traffic

/// Recorded metrics in a CSV file (also .gz, `-` for standard input): a column of times, and one for each metric of a
/// controller. Read in pieces: a year of 15-second rows takes no more memory than a day.
public struct MetricsFile: Sendable {
  public var path: String
  /// The column of times; found by its name where nil.
  public var time: String?
  /// Which column a metric has, where that is not the metric's own name.
  public var names: [String: String]
  /// Of times without a zone.
  public var zone: TimeZoneRules

  public init(path: String, time: String? = nil, names: [String: String] = [:], zone: TimeZoneRules = .utc) {
    self.path = path
    self.time = time
    self.names = names
    self.zone = zone
  }

  private static let timeNames = ["time", "timestamp", "ts", "datetime", "date", "_time", "when"]

  /// Feeds every row to a replay, and ends it.
  ///
  /// - Returns: what was left out or could not be read.
  /// - Throws: `DocumentError` where the file cannot be read, `Diagnostics` for what is wrong in it.
  public func replay(_ replay: inout RecordedReplay) throws -> Diagnostics {
    let wanted = replay.columns
    let shown = path == "-" ? "standard input" : path
    var reader = TimeCellReader(file: shown, zone: zone)
    var timeName = ""
    var columns: [String?] = []
    var times: [Int64] = []
    var values: [[Double]] = []
    let warnings = try CSVTable.stream(path: path, options: CSVOptions(isTolerant: true)) {
      (preview) throws(Diagnostics) -> [CSVColumn] in
      timeName = try timeColumn(preview.header, shown)
      columns = try self.columns(wanted, preview.header, timeName, shown)
      return [.text(timeName)] + columns.compactMap { $0.map { .number($0) } }
    } batch: { table in
      guard let cells = table.texts(timeName) else { return }
      times.removeAll(keepingCapacity: true)
      times.reserveCapacity(cells.count)
      cells.forEach { row, cell in
        let time = reader.read(cell, line: table.line(ofRow: row))
        times.append(time?.nanosecondsSinceEpoch ?? .max)
      }
      if times.contains(.max) { try reader.problems().throwIfErrors() }
      values = columns.map { name in
        name.flatMap { table.numbers($0) } ?? Array(repeating: .nan, count: times.count)
      }
      if let row = replay.feed(times: times, values: values) {
        throw Diagnostics([
          .error(
            "the row lies before the one above it", at: table.location(ofRow: row),
            help: "sort the rows by time: recorded metrics are replayed in order")
        ])
      }
    }
    try reader.problems().throwIfErrors()
    replay.finish()
    guard replay.summary.looks > 0 else {
      throw Diagnostics([
        .error("there are no rows", at: SourceLocation(file: shown, line: 1, column: 1), help: "give at least one")
      ])
    }
    return warnings
  }

  private func timeColumn(_ header: [String], _ file: String) throws(Diagnostics) -> String {
    if let time { return time }
    if let known = header.first(where: { Self.timeNames.contains($0.lowercased()) }) { return known }
    throw Diagnostics([
      .error(
        "no column is called 'time'", at: SourceLocation(file: file, line: 1, column: 1),
        help: "name it: --time COLUMN; columns here: \(header.prefix(20).joined(separator: ", "))")
    ])
  }

  /// The file's column for each of the replay's; nil for one that is not there and need not be.
  private func columns(
    _ wanted: [RecordedReplay.Column], _ header: [String], _ time: String, _ file: String
  ) throws(Diagnostics) -> [String?] {
    var problems = Diagnostics()
    let place = SourceLocation(file: file, line: 1, column: 1)
    for (metric, _) in names.sorted(by: { $0.key < $1.key }) where !wanted.contains(where: { $0.name == metric }) {
      let known = wanted.map(\.name)
      problems.append(
        .error(
          "the controller has no metric '\(metric)'", at: place,
          help: nearest(metric, in: known).map { "did you mean '\($0)'?" } ?? "it has: \(known.joined(separator: ", "))"
        ))
    }
    let found = wanted.map { column -> String? in
      if let name = names[column.name] {
        if header.contains(name) { return name }
        problems.append(
          .error(
            "there is no column '\(name)'", at: place,
            help: "columns here: \(header.prefix(20).joined(separator: ", "))"))
        return nil
      }
      if let exact = header.first(where: { $0 == column.name && $0 != time }) { return exact }
      if let near = header.first(where: { $0.lowercased() == column.name.lowercased() && $0 != time }) { return near }
      guard column.isRequired else { return nil }
      problems.append(
        .error(
          "there is no column '\(column.name)' (\(column.meaning))", at: place,
          help: "name it: --column \(column.name)=COLUMN; columns here: \(header.prefix(20).joined(separator: ", "))"))
      return nil
    }
    try problems.throwIfErrors()
    return found
  }
}
