import Connecting
import Documents
import Quantities
import Terminal
import Traffic

extension NumberNotation.Decimal: ArgumentValue {}
extension DateOrder: ArgumentValue {}
extension TraceOptions.Duplicates: ArgumentValue {}

/// How a file of traffic is read: what `analyze`, `forecast` and `review` are told alike.
struct ReadingArguments {
  var time: String?
  var value: String?
  var series: String?
  var only: String?
  var isSum = false
  var duplicates: TraceOptions.Duplicates?
  var zone = "UTC"
  var unit: TraceUnit?
  var decimal: NumberNotation.Decimal?
  var dates: DateOrder?
  var skipsUnreadable = false

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Reading")
    time = try a.option("time", value: "COLUMN", help: "the column of times")
    value = try a.option(
      "value", value: "COLUMN,...", help: "the column of values; several are several series, '*' all")
    series = try a.option("series", value: "COLUMN,...", help: "the column that names the series of a row, or several")
    only = try a.option("only", value: "NAME,...", help: "of several series the ones that are meant")
    isSum = a.flag("sum", help: "add the series up")
    duplicates = try a.option("duplicates", value: "HOW", help: "what becomes of rows of one time")
    zone = try a.option("zone", value: "NAME", default: "UTC", help: "the users' time zone, as Europe/Berlin")
    let isPerStep = a.flag("per-step", help: "a value counts the requests of its step, not of a second")
    let isPerSecond = a.flag("per-second", help: "a value is a rate per second, whatever its name")
    let isCounter = a.flag("counter", help: "values count since some start: their differences become rates")
    let isGauge = a.flag("gauge", help: "values are rates although they never fall")
    decimal = try a.option("decimal", value: "SIGN", help: "what stands before decimals, where the file leaves it open")
    dates = try a.option("dates", value: "ORDER", help: "what stands first in dates, where the file leaves it open")
    skipsUnreadable = a.flag("skip-unreadable", help: "leave rows out that cannot be read, and tell so")
    let given = [
      (isPerStep, TraceUnit.countPerStep), (isPerSecond, .perSecond), (isCounter, .counter), (isGauge, .gauge),
    ]
    .filter(\.0)
    unit = given.first?.1
    let isOne = given.count <= 1
    a.check(isOne, "'--per-step', '--per-second', '--counter' and '--gauge' contradict each other. Keep one.")
    a.section("")
  }

  /// Nothing said.
  init() {}

  static func list(_ text: String?) -> [String] {
    text.map { $0.split(separator: ",").map(String.init) } ?? []
  }

  var selection: SeriesSelection {
    SeriesSelection(
      time: time, values: ReadingArguments.list(value), series: ReadingArguments.list(series),
      only: ReadingArguments.list(only), isSum: isSum)
  }

  func rules() throws -> TimeZoneRules {
    guard let rules = ZoneFiles.zone(named: zone) else {
      throw Failure(
        "'\(zone)' is not a time zone. Write a name of the tz database, as Europe/Berlin.", exitCode: .usage)
    }
    return rules
  }

  func options(step: Duration?) throws -> TraceOptions {
    var options = TraceOptions(zone: try rules(), unit: unit, step: step, duplicates: duplicates)
    options.decimal = decimal
    options.dates = dates
    options.skipsUnreadable = skipsUnreadable
    return options
  }

  /// The options that say so, for a command that makes a report again; not yet quoted for a shell.
  var words: [String] {
    let named = [
      ("--time", time), ("--value", value), ("--series", series), ("--only", only),
      ("--duplicates", duplicates?.rawValue),
      ("--zone", zone == "UTC" ? nil : zone), ("--decimal", decimal?.rawValue), ("--dates", dates?.rawValue),
    ]
    let unitWord: String? =
      switch unit {
      case .countPerStep: "--per-step"
      case .perSecond: "--per-second"
      case .counter: "--counter"
      case .gauge: "--gauge"
      case nil: nil
      }
    return named.flatMap { name, value in value.map { [name, $0] } ?? [] } + (isSum ? ["--sum"] : [])
      + [unitWord].compactMap { $0 } + (skipsUnreadable ? ["--skip-unreadable"] : [])
  }
}

extension Console {
  /// Tells in a line what was understood of a file, and what was done to it.
  func tell(_ report: TraceReport, of file: String) {
    guard !report.reading.isEmpty else { return }
    note("\(file): \(report.reading.line)")
    for one in report.notes where one.severity == .warning {
      warn("\(one.what): \(one.because)\(one.remedy.isEmpty ? "" : "; \(one.remedy)").")
    }
  }
}
