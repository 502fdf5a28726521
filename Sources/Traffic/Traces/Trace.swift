import Quantities

/// A history of demand: a uniform series with what was found and repaired on the way.
public struct Trace: Sendable {
  public let series: TimeSeries<RequestRate>
  /// The largest sample inside each step, where several samples were averaged into one; else nil.
  public let peaksWithinStep: TimeSeries<RequestRate>?
  /// Where it came from: a path, an address, a name.
  public let source: String
  /// The users' clock, by which hours and weekdays are told.
  public let zone: TimeZoneRules
  public let report: TraceReport

  public init(
    series: TimeSeries<RequestRate>, source: String, zone: TimeZoneRules = .utc, report: TraceReport? = nil,
    peaksWithinStep: TimeSeries<RequestRate>? = nil
  ) {
    self.series = series
    self.source = source
    self.zone = zone
    self.report = report ?? TraceReport(of: series)
    self.peaksWithinStep = peaksWithinStep
  }

  public var start: Timestamp { series.start }
  public var end: Timestamp { series.end }
}

/// What a reader found in the rows and did about it; nothing is dropped without a word here.
public struct TraceReport: Sendable {
  /// Data rows in the source.
  public var rows: Int
  /// Rows whose value is in the series.
  public var used: Int
  /// The step found between the rows.
  public var stepFound: Duration
  /// Whether the rows did not stand on a regular grid.
  public var isIrregular: Bool
  /// How rows became steps, as a sentence.
  public var resampling: String
  public var duplicates = Occurrences()
  public var outOfOrder = Occurrences()
  public var negatives = Occurrences()
  /// Values that are empty, NaN, infinite or no number: gaps.
  public var nonNumeric = Occurrences()
  public var gaps: [Gap]
  /// Zones as written, each with its rows.
  public var zones: [String: Int] = [:]
  public var notes: [TraceNote] = []
  /// What the reader understood of the file.
  public var reading = ReadingReport()

  /// How often something occurred, and the first few lines.
  public struct Occurrences: Hashable, Sendable {
    public private(set) var count = 0
    /// The lines of the first five.
    public private(set) var lines: [Int] = []
    public init() {}
    public mutating func add(line: Int) {
      count += 1
      if lines.count < 5 { lines.append(line) }
    }
    /// `3 (lines 4, 9, 12)`.
    public var description: String {
      lines.isEmpty
        ? "\(count)"
        : "\(count) (line\(lines.count == 1 ? "" : "s") \(lines.map(String.init).joined(separator: ", "))"
          + "\(count > lines.count ? ", ..." : ""))"
    }
  }

  /// The report of a series that needed no repair.
  public init(of series: TimeSeries<RequestRate>) {
    rows = series.count
    used = series.count - series.gapCount
    stepFound = series.step
    isIrregular = false
    resampling = "Steps are taken as they are."
    gaps = Gap.all(in: series)
  }
}

/// Something a reader noticed, with its reason and what to do about it.
public struct TraceNote: Hashable, Sendable, CustomStringConvertible {
  public enum Severity: String, Sendable { case note, warning }
  public var severity: Severity
  public var what: String
  public var because: String
  public var remedy: String

  public init(_ severity: Severity, _ what: String, because: String, remedy: String = "") {
    self.severity = severity
    self.what = what
    self.because = because
    self.remedy = remedy
  }
  public var description: String {
    "\(severity.rawValue): \(what) (\(because))" + (remedy.isEmpty ? "" : "; \(remedy)")
  }
}

/// Raw rows of a trace before they become a series.
public struct TraceColumns: Sendable {
  public var times: [Timestamp]
  /// NaN where there is no value.
  public var values: [Double]
  /// The line of each row in its source; empty where rows have no lines, then row `i` is told as line `i + 1`.
  public var lines: [Int32]
  /// Zones as written, each with its rows.
  public var zones: [String: Int] = [:]
  /// Cells that were there but are no number.
  public var nonNumeric = TraceReport.Occurrences()
  /// What the reader noticed while reading.
  public var notes: [TraceNote] = []
  /// The column, metric or query that the values are of: tells counts from rates where the options do not.
  public var name: String?
  /// What the source itself says that they are, above what the name tells.
  var meaning: ColumnMeaning?
  var reading = ReadingReport()

  public init(times: [Timestamp], values: [Double], lines: [Int32] = []) {
    self.times = times
    self.values = values
    self.lines = lines
  }

  func line(_ row: Int) -> Int { row < lines.count ? Int(lines[row]) : row + 1 }
}

/// What the numbers of a trace count.
public enum TraceUnit: String, Hashable, Sendable, CaseIterable {
  /// Requests per second.
  case perSecond
  /// Requests in each step.
  case countPerStep
  /// Requests since some start, as a Prometheus counter has them: differences become rates, falls are new starts.
  case counter
  /// Requests per second, and no counter although it never falls.
  case gauge
}

/// How rows become a series.
public struct TraceOptions: Sendable {
  /// The users' clock; also that of times written without a zone.
  public var zone: TimeZoneRules
  /// Nil: told by the name of the values and by their course.
  public var unit: TraceUnit?
  /// The wanted step; finer rows are averaged into it.
  public var step: Duration?
  /// What to do with rows of one time; nil takes the mean where they are few and refuses where they are many.
  public var duplicates: Duplicates?
  /// What to do with negative values.
  public var negatives: Negatives
  /// What stands before decimals, where a file leaves it open.
  public var decimal: NumberNotation.Decimal?
  /// Whether day or month stands first, where a file leaves it open.
  public var dates: DateOrder?
  /// Whether rows that cannot be read are left out and told, instead of being errors.
  public var skipsUnreadable = false

  public enum Duplicates: String, Hashable, Sendable, CaseIterable { case mean, sum, maximum = "max", last }
  public enum Negatives: String, Hashable, Sendable, CaseIterable { case refuse, gap }

  public init(
    zone: TimeZoneRules = .utc, unit: TraceUnit? = nil, step: Duration? = nil, duplicates: Duplicates? = nil,
    negatives: Negatives = .refuse
  ) {
    self.zone = zone
    self.unit = unit
    self.step = step
    self.duplicates = duplicates
    self.negatives = negatives
  }
}
