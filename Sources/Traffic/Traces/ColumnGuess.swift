import Documents
import Quantities

/// Which column of a table is the time and which the value, where the user did not say.
struct ColumnGuess {
  var time: String
  var value: String
  var notes: [TraceNote] = []

  static let timeNames = [
    "time", "timestamp", "ts", "datetime", "date", "@timestamp", "t", "ds", "epoch", "bucket", "hour", "minute", "day",
    "eventtime", "starttime", "timeutc", "period", "interval",
  ]
  static let valueNames = [
    "requestspersecond", "rps", "qps", "reqs", "requestrate", "rate", "value", "requests", "count", "y", "hits",
    "total", "invocations", "traffic", "load",
  ]
  /// Names that speak of an amount rather than a rate.
  static let countNames = ["requests", "count", "hits", "total", "invocations", "requestcount", "numrequests"]

  /// - Throws: a diagnostic that lists the columns where none will do.
  init(
    header: [String], rows: [[String]], time namedTime: String?, value namedValue: String?, file: String?,
    unit: TraceUnit, without filtered: [String] = []
  ) throws(Diagnostics) {
    let place = SourceLocation(file: file, line: 1, column: 1)
    let list = header.map { "'\($0)'" }.joined(separator: ", ")
    for name in [namedTime, namedValue].compactMap({ $0 }) where !header.contains(name) {
      let close = nearest(name, in: header).map { "did you mean '\($0)'? " } ?? ""
      throw Diagnostics([
        .error("there is no column '\(name)'", at: place, help: close + "the columns are \(list)")
      ])
    }
    func cells(_ column: Int) -> [String] {
      rows.compactMap { column < $0.count ? $0[column] : nil }.filter { !$0.isEmpty }
    }
    let candidates = header.indices.filter { !filtered.contains(header[$0]) }
    if let namedTime {
      time = namedTime
    } else {
      let byName = ColumnGuess.timeNames.lazy.compactMap { name in
        candidates.first { ColumnGuess.plain(header[$0]) == ColumnGuess.plain(name) && header[$0] != namedValue }
      }.first
      let byContent = candidates.first { column in
        let cells = cells(column)
        return header[column] != namedValue && !cells.isEmpty && cells.allSatisfy(ColumnGuess.isTime)
      }
      guard let found = byName ?? byContent else {
        throw Diagnostics([
          .error("no column holds times", at: place, help: "name the column with the time; the columns are \(list)")
        ])
      }
      time = header[found]
    }
    let chosenTime = time
    if let namedValue {
      value = namedValue
    } else {
      let numeric = candidates.filter { column in
        guard header[column] != chosenTime else { return false }
        let cells = cells(column)
        let numbers = cells.filter { Double($0.trimmed) != nil }.count
        return cells.isEmpty ? rows.isEmpty : numbers * 2 > cells.count
      }
      let byName = ColumnGuess.valueNames.lazy.compactMap { name in
        numeric.first { ColumnGuess.plain(header[$0]) == name }
      }.first
      guard let found = byName ?? numeric.first else {
        throw Diagnostics([
          .error("no column holds numbers", at: place, help: "name the column with the rate; the columns are \(list)")
        ])
      }
      value = header[found]
      if numeric.count > 1 {
        let others = numeric.filter { header[$0] != header[found] }.map { "'\(header[$0])'" }.joined(separator: ", ")
        notes.append(
          TraceNote(
            .note, "the rate was taken from column '\(value)'",
            because: "nobody named one, and \(others) \(numeric.count > 2 ? "are" : "is") numeric too",
            remedy: "name the column to be sure"))
      }
    }
    if namedTime == nil, ColumnGuess.plain(time) != "time" {
      notes.append(
        TraceNote(
          .note, "the time was taken from column '\(time)'", because: "nobody named one", remedy: ""))
    }
    if unit == .perSecond, ColumnGuess.countNames.contains(ColumnGuess.plain(value)) {
      notes.append(
        TraceNote(
          .warning, "column '\(value)' was read as requests per second",
          because: "its name could also mean a count per step",
          remedy: "say that it counts per step if it does"))
    }
  }

  static func plain(_ name: String) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "@" })
  }

  /// ISO 8601, or a number of the size of a time since 2001 in some unit.
  static func isTime(_ text: String) -> Bool {
    if let number = Double(text.trimmed) { return abs(number) >= 1e9 }
    return Timestamp(iso8601: text.trimmed) != nil
  }
}

extension String {
  /// Without blanks at both ends.
  var trimmed: String {
    var part = self[...]
    while let c = part.first, c == " " || c == "\t" { part.removeFirst() }
    while let c = part.last, c == " " || c == "\t" { part.removeLast() }
    return String(part)
  }
}
