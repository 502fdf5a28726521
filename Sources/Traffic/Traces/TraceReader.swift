import Documents
import Glibc
import Quantities

/// Makes traces of files and rows: checks, sorts, merges, puts on a grid, and tells all of it in the report.
public enum TraceReader {
  /// A trace of raw rows.
  ///
  /// Rows are sorted; rows of one time become their mean. A step is the median distance of rows; rows on a grid of
  /// that step (to a twentieth of it) are taken as they are, others are averaged into steps. A step without a row, or
  /// whose row has no number, is a gap.
  ///
  /// A counter becomes the rates of its differences; counts of a step are divided by its length, that of a month by the
  /// calendar.
  ///
  /// - Parameters:
  ///   - columns: at least one row.
  ///   - source: what diagnostics and reports call the rows' origin.
  /// - Throws: everything that is wrong, with lines: negative values, rows that are no time series, no rows at all.
  public static func rows(
    _ columns: TraceColumns, options: TraceOptions = TraceOptions(), source: String = "rows"
  ) throws(Diagnostics) -> Trace {
    var work = RowWork(columns, options: options, source: source)
    try work.checkPresence()
    work.sort()
    try work.merge()
    try work.resolveCounter()
    try work.checkValues()
    return try work.trace()
  }

  /// As above with the options one by one.
  public static func rows(
    _ columns: TraceColumns, zone: TimeZoneRules, unit: TraceUnit? = nil, step: Duration? = nil,
    source: String = "rows"
  ) throws(Diagnostics) -> Trace {
    try rows(columns, options: TraceOptions(zone: zone, unit: unit, step: step), source: source)
  }
}

/// The rows on their way to a series.
struct RowWork {
  var times: [Int64]
  var values: [Double]
  var lines: [Int32]
  let options: TraceOptions
  let source: String
  let name: String?
  var meaning: ColumnMeaning
  /// How values are read, once it is known.
  var unit: TraceUnit?
  var report: TraceReport

  init(_ columns: TraceColumns, options: TraceOptions, source: String) {
    times = columns.times.map { $0.nanosecondsSinceEpoch }
    let count = min(columns.times.count, columns.values.count)
    values = Array(columns.values.prefix(count))
    times.removeLast(times.count - count)
    lines = columns.lines.count >= count ? Array(columns.lines.prefix(count)) : (0..<count).map { Int32($0 + 1) }
    self.options = options
    self.source = source
    name = columns.name
    meaning = columns.meaning ?? columns.name.map { ColumnMeaning(name: $0) } ?? .unknown
    unit = options.unit
    report = TraceReport(of: TimeSeries(start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(1), rawValues: []))
    report.rows = count
    report.nonNumeric = columns.nonNumeric
    report.zones = columns.zones
    report.notes = columns.notes
    report.reading = columns.reading
    report.reading.rows = count
  }

  func place(_ line: Int32) -> SourceLocation { SourceLocation(file: source, line: Int(line), column: 1) }

  mutating func note(_ severity: TraceNote.Severity, _ what: String, because: String, remedy: String = "") {
    report.notes.append(TraceNote(severity, what, because: because, remedy: remedy))
  }

  // MARK: - Values

  func checkPresence() throws(Diagnostics) {
    guard times.isEmpty else { return }
    throw Diagnostics([
      .error("there are no rows", at: place(1), help: "give at least one row with a time and a value")
    ])
  }

  mutating func checkValues() throws(Diagnostics) {
    var negative = TraceReport.Occurrences()
    for i in values.indices {
      if values[i].isInfinite {
        values[i] = .nan
        report.nonNumeric.add(line: Int(lines[i]))
      } else if values[i] < 0 {
        negative.add(line: Int(lines[i]))
        if options.negatives == .gap { values[i] = .nan }
      }
    }
    report.negatives = negative
    if report.nonNumeric.count > 0 {
      note(
        .warning, "\(report.nonNumeric.description) values are missing",
        because: "empty, null, NaN or infinite; they are gaps")
    }
    guard negative.count > 0 else { return }
    if options.negatives == .gap {
      note(.warning, "\(negative.description) negative values became gaps", because: "as asked for")
      return
    }
    let shown = negative.lines
    var problems = Diagnostics()
    for (k, line) in shown.enumerated() {
      let more =
        k == shown.count - 1 && negative.count > shown.count ? " (and \(negative.count - shown.count) more)" : ""
      problems.append(
        .error(
          "a rate cannot be negative\(more)", at: place(Int32(clamping: line)),
          help: unit == .gauge || unit == .perSecond
            ? "correct the value" : "correct the value; is it the right column?"))
    }
    throw problems
  }

  // MARK: - Order

  mutating func sort() {
    var falls = TraceReport.Occurrences()
    var rises = 0
    for i in 1..<max(1, times.count) {
      if times[i] < times[i - 1] { falls.add(line: Int(lines[i])) } else if times[i] > times[i - 1] { rises += 1 }
    }
    guard falls.count > 0 else { return }
    if rises == 0, falls.count > 1 || times.count == 2 {
      times.reverse()
      values.reverse()
      lines.reverse()
      note(.note, "rows were turned round", because: "the newest came first")
      return
    }
    report.outOfOrder = falls
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    times = order.map { times[$0] }
    values = order.map { values[$0] }
    lines = order.map { lines[$0] }
    note(.warning, "\(falls.description) rows were out of order", because: "they were sorted by time")
  }

  // MARK: - Duplicates

  /// Share of rows with another's time above which nobody but the user can say what to do with them.
  static let mostDuplicates = 0.2

  mutating func merge() throws(Diagnostics) {
    var repeats = TraceReport.Occurrences()
    for i in 1..<max(1, times.count) where times[i] == times[i - 1] { repeats.add(line: Int(lines[i])) }
    report.duplicates = repeats
    guard repeats.count > 0 else { return }
    if options.duplicates == nil, repeats.count > 3,
      Double(repeats.count) > RowWork.mostDuplicates * Double(times.count)
    {
      throw Diagnostics([
        .error(
          "\(repeats.count) of \(times.count) rows have the time of another row",
          at: place(Int32(clamping: repeats.lines[0])),
          help: "name the columns that tell series apart (--series; in a plan: series:), or say what becomes of them: "
            + "--duplicates mean, sum, max or last (in a plan: duplicates:)")
      ])
    }
    let how = options.duplicates ?? .mean
    var (t, v, l): ([Int64], [Double], [Int32]) = ([], [], [])
    var i = 0
    while i < times.count {
      var j = i
      var sum = 0.0
      var top = -Double.infinity
      var n = 0
      while j < times.count, times[j] == times[i] {
        if !values[j].isNaN {
          sum += values[j]
          top = max(top, values[j])
          n += 1
        }
        j += 1
      }
      t.append(times[i])
      l.append(lines[i])
      switch how {
      case _ where n == 0: v.append(.nan)
      case .mean: v.append(sum / Double(n))
      case .sum: v.append(sum)
      case .maximum: v.append(top)
      case .last: v.append(values[i..<j].last { !$0.isNaN } ?? .nan)
      }
      i = j
    }
    (times, values, lines) = (t, v, l)
    note(
      options.duplicates == nil ? .warning : .note,
      "\(repeats.description) rows repeat a time",
      because: how == .last ? "the last of them was taken" : "their \(how.title) was taken")
  }
}

extension TraceOptions.Duplicates {
  var title: String { self == .maximum ? "maximum" : rawValue }
}
