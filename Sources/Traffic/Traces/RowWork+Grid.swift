import Documents
import Glibc
import Quantities

extension RowWork {
  /// How far a row may lie from its place on the grid, as a share of the step: clocks jitter, and local midnights lie
  /// an hour apart from 24 hours where the clock changes.
  static let tolerance = 0.05
  /// Steps at most, and steps to a row at most beyond 100,000: more means that one time is wrong.
  static let mostSteps = 50_000_000
  static let mostStepsARow = 200.0
  /// Steps that people use, in seconds; irregular rows are averaged into the nearest that is not finer than theirs.
  static let usualSteps: [Double] = [
    1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400,
    604_800,
  ]

  /// The rows on a grid.
  mutating func trace() throws(Diagnostics) -> Trace {
    if let first = times.first, let last = times.last, last.subtractingReportingOverflow(first).overflow {
      try checkSpan(1_000_000_000)
    }
    if let calendar = CalendarGrid(times, zone: options.zone), options.step == nil {
      try resolveUnit(step: calendar.averageStep)
      return onCalendar(calendar)
    }
    let found = stepFound()
    report.stepFound = .nanoseconds(found)
    try resolveUnit(step: found)
    let isRegular = onGrid(found)
    report.isIrregular = !isRegular
    let wanted = options.step.map { max($0.nanoseconds, 1) }
    if isRegular, wanted == nil || wanted == found {
      try checkSpan(found)
      let series = gridded(found)
      report.used = series.count - series.gapCount
      report.resampling = "Steps are taken as they are."
      return finished(series, peaks: nil)
    }
    if isRegular, let wanted, wanted < found {
      try checkSpan(found)
      note(
        .warning, "the step stays at \(NumberFormat.duration(.nanoseconds(found)))",
        because: "rows that far apart cannot tell a step of \(NumberFormat.duration(.nanoseconds(wanted)))",
        remedy: "ask for a step of at least \(NumberFormat.duration(.nanoseconds(found)))")
      let series = gridded(found)
      report.used = series.count - series.gapCount
      report.resampling = "Steps are taken as they are."
      return finished(series, peaks: nil)
    }
    let step = wanted ?? usualStep(found)
    try checkSpan(step)
    if !isRegular {
      note(
        .warning, "rows are not evenly spaced",
        because: "half of them lie more than \(NumberFormat.duration(.nanoseconds(found))) apart, half less",
        remedy: "they were averaged into steps of \(NumberFormat.duration(.nanoseconds(step)))")
    }
    var bins = StepBins(first: times.first ?? 0, step: step, zone: options.zone)
    for i in times.indices where !values[i].isNaN { bins.add(times[i], values[i]) }
    if let last = times.last { bins.reach(last) }
    return binned(bins, rowStep: found)
  }

  /// The median distance between rows; the wanted step, or an hour, for a single row.
  func stepFound() -> Int64 {
    guard times.count > 1 else { return max(1, options.step?.nanoseconds ?? 3_600_000_000_000) }
    var gaps = (1..<times.count).map { times[$0] &- times[$0 - 1] }
    // Most files have one distance: no need to sort then.
    let first = gaps[gaps.count / 2]
    if gaps.count(where: { $0 == first }) * 2 > gaps.count { return max(1, first) }
    gaps.sort()
    return max(1, roundedStep(gaps[gaps.count / 2]))
  }

  /// A median of jittering clocks, such as 15.002 s, brought to the usual step within a hundredth.
  private func roundedStep(_ step: Int64) -> Int64 {
    let seconds = Double(step) * 1e-9
    for usual in RowWork.usualSteps where abs(seconds - usual) < 0.01 * usual { return Int64(usual * 1e9) }
    return step
  }

  func onGrid(_ step: Int64) -> Bool {
    let allowed = Int64(Double(step) * RowWork.tolerance)
    guard let first = times.first else { return true }
    var previous: Int64 = -1
    for t in times {
      let (k, off) = (t - first).quotientAndRemainder(dividingBy: step)
      guard off <= allowed || step - off <= allowed else { return false }
      let place = off <= allowed ? k : k + 1
      if place == previous { return false }
      previous = place
    }
    return true
  }

  func usualStep(_ step: Int64) -> Int64 {
    let seconds = Double(step) * 1e-9
    return Int64((RowWork.usualSteps.first { $0 >= seconds * 0.99 } ?? seconds.rounded(.up)) * 1e9)
  }

  private func checkSpan(_ step: Int64) throws(Diagnostics) {
    guard let first = times.first, let last = times.last else { return }
    let (span, overflow) = last.subtractingReportingOverflow(first)
    let steps = overflow ? Double.infinity : Double(span) / Double(step)
    guard steps > Double(RowWork.mostSteps) || steps > 100_000 + RowWork.mostStepsARow * Double(times.count) else {
      return
    }
    var worst = (at: 1, gap: UInt64(0))
    for i in 1..<times.count {
      let gap = UInt64(bitPattern: times[i] &- times[i - 1])
      if gap > worst.gap { worst = (i, gap) }
    }
    // A run of rows as dense as the others leaves no hole: it is only too long for its step.
    if !overflow, Double(worst.gap) < 0.5 * Double(span) {
      throw Diagnostics([
        .error(
          "steps of \(NumberFormat.duration(.nanoseconds(step))) over \(NumberFormat.duration(.nanoseconds(span))) are "
            + "more than \(RowWork.mostSteps)", at: place(lines[0]), help: "ask for a coarser step: --step 1m, or 1h")
      ])
    }
    throw Diagnostics([
      .error(
        "there is nothing between \(Timestamp(nanosecondsSinceEpoch: times[worst.at - 1])) (line \(lines[worst.at - 1]))"
          + " and \(Timestamp(nanosecondsSinceEpoch: times[worst.at]))",
        at: place(lines[worst.at]), help: "correct the time that is far off, or ask for a coarser step")
    ])
  }

  /// One row a step.
  private func gridded(_ step: Int64) -> TimeSeries<RequestRate> {
    let first = times.first ?? 0
    let last = times.last ?? 0
    let count = Int((last - first + step / 2) / step) + 1
    let perUnit = unit == .countPerStep ? 1 / (Double(step) * 1e-9) : 1
    // Days by the clock on the wall have 23 or 25 hours where it changes.
    let isByDay = unit == .countPerStep && step % 86_400_000_000_000 == 0 && options.zone != .utc
    var raw = [Double](repeating: .nan, count: count)
    for i in times.indices {
      let width = isByDay ? 1 / localWidth(times[i], days: Int(step / 86_400_000_000_000)) : perUnit
      raw[min(count - 1, Int((times[i] - first + step / 2) / step))] = values[i] * width
    }
    return TimeSeries(start: Timestamp(nanosecondsSinceEpoch: first), step: .nanoseconds(step), rawValues: raw)
  }

  /// Seconds from a local midnight to that so many days later; of plain days where the time is none.
  private func localWidth(_ time: Int64, days: Int) -> Double {
    let (date, second) = options.zone.local(Timestamp(nanosecondsSinceEpoch: time))
    guard second == 0 else { return Double(days) * 86400 }
    let next = options.zone.time(of: CivilDate(daysSinceEpoch: date.daysSinceEpoch + days))
    return Double(next.nanosecondsSinceEpoch - time) * 1e-9
  }

  /// Rows that were averaged (counts: added up) into steps.
  mutating func binned(_ bins: StepBins, rowStep: Int64) -> Trace {
    let isCount = unit == .countPerStep
    let step = bins.step
    let width = Double(step) * 1e-9
    let (series, tops) = bins.series { sum, count in isCount ? sum / width : sum / count }
    report.used = bins.rows
    let name = NumberFormat.duration(.nanoseconds(step))
    report.resampling =
      isCount
      ? "Counts were added up in steps of \(name) and divided by its length; a step without a row is a gap."
      : "Rows were averaged in steps of \(name); a step without a row is a gap."
    let rowWidth = Double(rowStep) * 1e-9
    let peaks = series.with(rawValues: tops.map { isCount ? $0 / rowWidth : $0 })
    return finished(series, peaks: peaks)
  }

  mutating func finished(_ series: TimeSeries<RequestRate>, peaks: TimeSeries<RequestRate>?) -> Trace {
    report.gaps = Gap.all(in: series)
    let missing = series.gapCount
    if missing > 0 {
      let share = NumberFormat.significant(Double(missing) / Double(series.count) * 100, 2)
      let runs = report.gaps.count
      note(
        .note, "\(missing) of \(series.count) steps (\(share) %) have no value, in \(runs) gap\(runs == 1 ? "" : "s")",
        because: "no row or no number there; they are left out, not filled")
    }
    report.reading.take(report, unit: unit, series: series, zone: options.zone)
    return Trace(series: series, source: source, zone: options.zone, report: report, peaksWithinStep: peaks)
  }
}
