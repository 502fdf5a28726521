import Quantities

/// What a reader understood of a file, so that every answer can say it in a line.
public struct ReadingReport: Hashable, Sendable {
  /// What the file is: `CSV, fields between ';'`.
  public var format = ""
  /// The column of the times, and how they are written.
  public var time = ""
  public var timeForm = ""
  /// The column, metric or series of the values.
  public var value = ""
  /// What the values are: `requests per second`.
  public var meaning = ""
  /// How numbers are written, where it is not plain: `decimal comma, points between thousands`.
  public var numbers: String?
  /// The unit behind the numbers or in the column's name.
  public var unit: String?
  public var step = Duration.zero
  /// `month`, where steps go by the calendar.
  public var calendar: String?
  public var zone = ""
  public var rows = 0
  /// Rows that could not be read and were left out, as asked for.
  public var skipped = 0
  public var gaps = 0
  /// What was done to rows, each in a few words.
  public var repairs: [String] = []

  public init() {}

  /// Whether a file was read: a generated series has nothing to tell.
  public var isEmpty: Bool { format.isEmpty && rows == 0 }

  /// Whether there is nothing to look at: rates of dates, plain numbers, nothing repaired.
  public var isPlain: Bool {
    isEmpty
      || repairs.isEmpty && numbers == nil && unit == nil && calendar == nil && timeForm.isEmpty
        && meaning == ReadingReport.rates
  }
  static let rates = "requests per second"

  mutating func take(
    _ report: TraceReport, unit: TraceUnit?, series: TimeSeries<RequestRate>, zone: TimeZoneRules
  ) {
    switch unit {
    case .countPerStep: meaning = "counts of a step, divided by its length"
    case .counter: meaning = "a counter, as rates of its differences"
    case .perSecond, .gauge, nil: meaning = ReadingReport.rates
    }
    step = series.step
    self.zone = zone.name
    gaps = report.gaps.count
    if report.outOfOrder.count > 0 { repairs.append("\(report.outOfOrder.count) rows out of order were sorted") }
    if report.duplicates.count > 0 { repairs.append("\(report.duplicates.count) repeated times were merged") }
    if report.nonNumeric.count > 0 { repairs.append("\(report.nonNumeric.count) values are missing") }
    if report.isIrregular { repairs.append("uneven rows were averaged") }
    if skipped > 0 { repairs.append("\(skipped) rows that cannot be read were left out") }
  }

  /// One sentence.
  public var line: String {
    var parts: [String] = []
    let value = self.value.isEmpty ? "values" : "'\(self.value)'"
    parts.append("\(value) \(unit.map { "in \($0)" } ?? "as \(meaning)")" + (numbers.map { ", \($0)" } ?? ""))
    if !time.isEmpty { parts.append("times of '\(time)'\(timeForm.isEmpty ? "" : " (\(timeForm))")") }
    parts.append(
      "\(rows) row\(rows == 1 ? "" : "s"), steps of \(calendar.map { "a \($0)" } ?? NumberFormat.duration(step)), \(zone)"
    )
    parts.append(gaps == 0 ? "no gaps" : "\(gaps) gap\(gaps == 1 ? "" : "s")")
    parts += repairs
    return "Read\(format.isEmpty ? "" : " \(format)"): " + parts.joined(separator: "; ") + "."
  }
}
