import Documents
import Quantities

/// The rows of one series while a file is read: as they come, and where they become too many, sums by steps.
struct SeriesBuffer {
  let name: String
  let keys: [String]
  private(set) var columns = TraceColumns(times: [], values: [])
  private var long: LongRun?
  private(set) var rows = 0

  init(name: String, keys: [String]) {
    self.name = name
    self.keys = keys
  }

  /// Rows that are kept as they are.
  var kept: Int { columns.times.count }
  var isLong: Bool { long != nil }

  mutating func add(_ time: Timestamp, _ value: Double, line: Int) {
    rows += 1
    guard long == nil else {
      long?.add(time.nanosecondsSinceEpoch, value, line)
      return
    }
    columns.times.append(time)
    columns.values.append(value)
    columns.lines.append(Int32(clamping: line))
    if value.isNaN { columns.nonNumeric.add(line: line) }
  }

  /// Room for rows that are known to come.
  mutating func reserve(_ count: Int) {
    columns.times.reserveCapacity(count)
    columns.values.reserveCapacity(count)
    columns.lines.reserveCapacity(count)
  }

  /// Puts a number in the place of a cell that was read later; NaN leaves the gap.
  mutating func set(_ row: Int, _ value: Double) {
    guard row < columns.values.count else { return }
    columns.values[row] = value
  }

  mutating func scale(by factor: Double) {
    guard factor != 1 else { return }
    for i in columns.values.indices { columns.values[i] *= factor }
  }

  /// Goes over to sums by steps.
  mutating func shorten(_ describe: (inout TraceColumns) -> Void, options: TraceOptions, source: String)
    throws(Diagnostics)
  {
    guard long == nil else { return }
    var taken = columns
    columns = TraceColumns(times: [], values: [])
    describe(&taken)
    long = try LongRun(taken, options: options, source: source)
  }

  /// The trace of all rows.
  func trace(_ describe: (inout TraceColumns) -> Void, options: TraceOptions, source: String) throws(Diagnostics)
    -> Trace
  {
    if let long { return long.trace(describe, rows: rows) }
    var all = columns
    all.nonNumeric = TraceReport.Occurrences()
    for i in all.values.indices where all.values[i].isNaN { all.nonNumeric.add(line: all.line(i)) }
    describe(&all)
    return try TraceReader.rows(all, options: options, source: source)
  }
}

/// A series of which only sums by steps are kept: its first rows have told what it is.
struct LongRun {
  private var work: RowWork
  private var bins: StepBins
  private let rowStep: Int64
  private let divisor: Double
  private var last: (time: Int64, value: Double)
  private var negatives = TraceReport.Occurrences()
  private var falls = TraceReport.Occurrences()
  private var repeats = TraceReport.Occurrences()
  private var missing: TraceReport.Occurrences
  private var asked: Duration?

  /// Steps at most where nobody asked for a step: three quarters of a million are a year and a half of minutes.
  static let mostSteps = 750_000

  init(_ columns: TraceColumns, options: TraceOptions, source: String) throws(Diagnostics) {
    var work = RowWork(columns, options: options, source: source)
    let tail = columns.values.lastIndex { $0.isFinite } ?? 0
    last = (columns.times[tail].nanosecondsSinceEpoch, columns.values[tail])
    try work.checkPresence()
    work.sort()
    try work.merge()
    try work.resolveCounter()
    try work.checkValues()
    let found = work.stepFound()
    if case .rate(let seconds) = work.meaning, work.unit == nil { divisor = seconds } else { divisor = 1 }
    try work.resolveUnit(step: found)
    work.report.stepFound = .nanoseconds(found)
    work.report.isIrregular = !work.onGrid(found)
    asked = options.step
    let step = options.step.map { max(1, $0.nanoseconds) } ?? (work.report.isIrregular ? work.usualStep(found) : found)
    bins = StepBins(
      first: work.times.first ?? 0, step: step, zone: options.zone,
      most: options.step == nil ? LongRun.mostSteps : RowWork.mostSteps)
    for i in work.times.indices where work.values[i].isFinite { bins.add(work.times[i], work.values[i]) }
    rowStep = found
    missing = work.report.nonNumeric
    work.times = []
    work.values = []
    work.lines = []
    self.work = work
  }

  mutating func add(_ time: Int64, _ value: Double, _ line: Int) {
    guard value.isFinite else {
      missing.add(line: line)
      return bins.reach(time)
    }
    if value < 0 { negatives.add(line: line) }
    if time == last.time { repeats.add(line: line) } else if time < last.time { falls.add(line: line) }
    defer { last = (time, value) }
    guard work.unit == .counter else { return bins.add(time, value / divisor) }
    let width = Double(time - last.time) * 1e-9
    if width > 0, width <= 1.5e-9 * Double(rowStep) {
      bins.add(last.time, (value >= last.value ? value - last.value : value) / width)
    }
  }

  func trace(_ describe: (inout TraceColumns) -> Void, rows: Int) -> Trace {
    var work = work
    var described = TraceColumns(times: [], values: [])
    describe(&described)
    work.report.zones = described.zones
    work.report.rows = rows
    work.report.reading = described.reading
    work.report.reading.rows = rows
    work.report.nonNumeric = missing
    if falls.count > 0 {
      work.note(.note, "\(falls.description) rows were out of order", because: "sums of steps do not mind")
    }
    if repeats.count > 0 {
      work.note(.warning, "\(repeats.description) rows repeat a time", because: "their mean was taken")
    }
    if negatives.count > 0 {
      work.note(.warning, "\(negatives.description) values are negative", because: "they count as they are")
    }
    if asked == nil, bins.step > rowStep {
      work.note(
        .note, "rows were averaged in steps of \(NumberFormat.duration(.nanoseconds(bins.step)))",
        because: "there are \(rows) of them, and more than \(LongRun.mostSteps) steps tell no more",
        remedy: "ask for another step")
    }
    return work.binned(bins, rowStep: rowStep)
  }
}
