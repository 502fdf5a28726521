import Documents
import Quantities

/// Which column of a table is the time and which the value, where the user did not say.
struct ColumnGuess {
  var time: String
  var values: [String]
  /// The time of day, where the column of times holds dates alone.
  var clock: ClockColumn?
  var notes: [TraceNote] = []

  static let timeNames = [
    "time", "timestamp", "ts", "datetime", "date", "@timestamp", "t", "ds", "epoch", "bucket", "hour", "minute", "day",
    "eventtime", "starttime", "timeutc", "period", "interval", "datehour", "datehourminute", "yearmonth", "month",
    "week",
    "clock", "timegenerated", "isoweek", "yearweek", "isoyearisoweek", "quarter", "year", "datum", "zeit", "zeitpunkt",
    "zeitstempel", "tag",
    "woche", "monat", "jahr", "fecha", "hora", "horodatage", "heure", "jour", "mois", "dato", "tid", "tijd",
  ]
  static let valueNames = [
    "requestspersecond", "rps", "qps", "reqs", "requestrate", "rate", "value", "requests", "count", "y", "hits",
    "total", "invocations", "traffic", "load", "sessions",
  ]

  /// - Parameters:
  ///   - namedValues: the columns that the user named; `*` for all that hold numbers.
  ///   - filtered: columns that name series.
  /// - Throws: a diagnostic that lists the columns where none will do, or where several would.
  init(
    header: [String], rows: [[String]], time namedTime: String?, values namedValues: [String], file: String?,
    without filtered: [String] = []
  ) throws(Diagnostics) {
    let place = SourceLocation(file: file, line: 1, column: 1)
    let list = header.map { "'\($0)'" }.joined(separator: ", ")
    let isAll = namedValues == ["*"]
    for name in [namedTime].compactMap({ $0 }) + (isAll ? [] : namedValues) where !header.contains(name) {
      let close = nearest(name, in: header).map { "did you mean '\($0)'? " } ?? ""
      throw Diagnostics([
        .error("there is no column '\(name)'", at: place, help: close + "the columns are \(list)")
      ])
    }
    func cells(_ column: Int) -> [String] {
      rows.compactMap { column < $0.count ? $0[column].trimmed : nil }.filter { !$0.isEmpty }
    }
    let candidates = header.indices.filter { !filtered.contains(header[$0]) }
    if let namedTime {
      time = namedTime
    } else {
      let free = candidates.filter { !namedValues.contains(header[$0]) }
      let named = ColumnGuess.timeNames.compactMap { name in
        free.first { ColumnGuess.plain(header[$0]) == ColumnGuess.plain(name) }
      }
      func holdsTimes(_ column: Int, isNamed: Bool) -> Bool {
        let cells = cells(column)
        guard !cells.isEmpty else { return false }
        if case .noTimes = TimeColumnJudge.verdict(cells, name: header[column], isNamed: isNamed) { return false }
        return true
      }
      guard
        let found = named.first(where: { holdsTimes($0, isNamed: true) })
          ?? free.first(where: { cells($0).contains(where: ColumnGuess.isTime) && holdsTimes($0, isNamed: false) })
          ?? named.first
      else {
        throw Diagnostics([
          .error("no column holds times", at: place, help: "name the column with the time; the columns are \(list)")
        ])
      }
      time = header[found]
    }
    let chosenTime = time
    if let found = ClockColumn(header: header, rows: rows, time: time), !(filtered + namedValues).contains(found.name) {
      clock = found
    }
    let chosenClock = clock?.name
    if !namedValues.isEmpty, !isAll {
      values = namedValues
    } else {
      let numeric = candidates.filter { column in
        guard header[column] != chosenTime, header[column] != chosenClock else { return false }
        let cells = cells(column)
        let numbers = cells.filter(ColumnGuess.isNumber).count
        let gaps = cells.filter(ColumnGuess.isGap).count
        return cells.isEmpty ? rows.isEmpty : numbers > 0 && numbers * 2 > cells.count - gaps
      }
      let counted = numeric.filter { !ColumnGuess.isIndex(header[$0], cells($0)) }
      let usable = counted.isEmpty ? numeric : counted
      let byName = ColumnGuess.valueNames.lazy.compactMap { name in
        usable.first { ColumnGuess.plain(header[$0]) == name }
      }.first
      guard let found = byName ?? usable.first else {
        throw Diagnostics([
          .error("no column holds numbers", at: place, help: "name the column with the rate; the columns are \(list)")
        ])
      }
      values = isAll ? usable.map { header[$0] } : [header[found]]
      let others = usable.filter { header[$0] != header[found] }.map { "'\(header[$0])'" }.joined(separator: ", ")
      if !isAll, byName == nil, usable.count > 1 {
        throw Diagnostics([
          .error(
            "\(usable.count) columns hold numbers: '\(header[found])', \(others)", at: place,
            help: "choose one with --value '\(header[found])', several with --value "
              + "'\(usable.map { header[$0] }.joined(separator: ","))', or all with --value '*'; --sum adds them up")
        ])
      }
      if !isAll, usable.count > 1 {
        notes.append(
          TraceNote(
            .note, "the rate was taken from column '\(header[found])'",
            because: "nobody named one, and \(others) \(usable.count > 2 ? "are" : "is") numeric too",
            remedy: "name the column to be sure"))
      }
    }
    if namedTime == nil, ColumnGuess.plain(time) != "time" {
      notes.append(
        TraceNote(
          .note, "the time was taken from column '\(time)'", because: "nobody named one", remedy: ""))
    }
  }

  /// A plain number, or one with separators and a unit that is known.
  static func isNumber(_ text: String) -> Bool {
    if isPlain(text) { return true }
    guard let cell = NumberCell(text), cell.evidence != .contradictory else { return false }
    return cell.suffix.isEmpty || MeasureUnit(cell.suffix) != nil
  }

  /// Digits with at most one point between them, as nearly all cells are.
  private static func isPlain(_ text: String) -> Bool {
    var points = 0
    for byte in text.utf8 {
      guard byte == 46 || (48...57).contains(byte) else { return false }
      if byte == 46 { points += 1 }
    }
    return points <= 1 && text.utf8.first.map { $0 != 46 } ?? false && text.utf8.last != 46
  }

  static func isGap(_ text: String) -> Bool {
    if let first = text.utf8.first, (48...57).contains(first) { return false }
    return ["na", "n/a", "nan", "null", "none", "nil", "-", "--", "#n/a", "\\n", "(null)", "<na>"].contains(
      text.lowercased())
  }

  /// A column that numbers the rows, as data frames write it.
  static func isIndex(_ name: String, _ cells: [String]) -> Bool {
    guard ["", "unnamed0", "index", "i", "id", "row", "no", "nr"].contains(plain(name)), cells.count >= 2 else {
      return false
    }
    let numbers = cells.compactMap { Int($0) }
    guard numbers.count == cells.count else { return false }
    return zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 || $1 == numbers[0] }
  }

  static func plain(_ name: String) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "@" })
  }

  /// A date as text, or a number of the size of a time since 2001 in some unit.
  static func isTime(_ text: String) -> Bool {
    let text = text.trimmed
    if let number = Double(text) { return abs(number) >= 1e9 }
    guard text.utf8.contains(where: { $0 >= 48 && $0 <= 57 }), text.utf8.count >= 6 else { return false }
    return Timestamp(iso8601: text) != nil || DateText(text, order: .dayFirst) != nil
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
