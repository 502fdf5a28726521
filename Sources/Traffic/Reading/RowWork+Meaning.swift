import Documents
import Quantities

extension RowWork {
  // MARK: - Counters

  /// Rows from which a counter is told by its course alone.
  static let leastCounterRows = 24
  /// By how much the differences of a counter change from one to the next, at the median, over their own median: traffic
  /// moves by more than this from step to step, growth alone by less.
  static let counterRoughness = 0.03

  /// Turns a counter into the rates of its differences, where it is said or seen to be one.
  mutating func resolveCounter() throws(Diagnostics) {
    guard unit == nil || unit == .counter else { return }
    let known = values.indices.filter { values[$0].isFinite }
    var falls = 0
    var resets = 0
    for (a, b) in zip(known, known.dropFirst()) where values[b] < values[a] {
      falls += 1
      if values[b] < 0.1 * values[a] { resets += 1 }
    }
    if unit == nil {
      let never = known.count >= 2 && falls == 0 && (values[known[known.count - 1]] > values[known[0]])
      let isNamed = meaning == .counter
      let isSeen =
        known.count >= RowWork.leastCounterRows && falls == resets && falls * 20 <= known.count && rises(known)
      // A rate falls in half of its rows, a counter where it starts again.
      guard isNamed ? never || falls > 0 && falls * 4 <= known.count : isSeen else {
        if meaning == .counter { meaning = .either }
        if !isNamed, never, known.count >= RowWork.leastCounterRows, meaning != .count {
          note(
            .warning, "the values never fall",
            because: "they may be a counter since some start; they were read as rates",
            remedy: "say --counter if they are one, --gauge if they are not")
        }
        return
      }
      note(
        .note, "\(name.map { "'\($0)'" } ?? "the values") were read as a counter",
        because: isNamed ? "the name says so, and they rise but for new starts" : "they rise but for new starts",
        remedy: "say --gauge if they are none")
    }
    unit = .counter
    guard known.count >= 2 else {
      throw Diagnostics([
        .error(
          "a counter of one row tells no rate", at: place(lines.first ?? 1), help: "give two rows at least, or --gauge")
      ])
    }
    differences(known, falls: falls)
  }

  /// Whether differences move as traffic does, up and down, and not as smooth growth.
  private func rises(_ known: [Int]) -> Bool {
    let steps = zip(known, known.dropFirst()).map { values[$1] - values[$0] }.filter { $0 >= 0 }
    guard let middle = Statistics.median(steps), middle > 0,
      let change = Statistics.median(zip(steps, steps.dropFirst()).map { abs($1 - $0) })
    else { return false }
    return change > RowWork.counterRoughness * middle
  }

  private mutating func differences(_ known: [Int], falls: Int) {
    var gaps = zip(known, known.dropFirst()).map { times[$1] - times[$0] }
    let distances = gaps
    gaps.sort()
    let usual = gaps[gaps.count / 2]
    var (t, v, l): ([Int64], [Double], [Int32]) = ([], [], [])
    var wide = 0
    for (k, (a, b)) in zip(known, known.dropFirst()).enumerated() {
      // A fall is a new start: what was counted since is all that is known (as Prometheus' rate() has it).
      let more = values[b] >= values[a] ? values[b] - values[a] : values[b]
      let isWide = Double(distances[k]) > 1.5 * Double(usual)
      if isWide { wide += 1 }
      t.append(times[a])
      v.append(isWide ? .nan : more / (Double(distances[k]) * 1e-9))
      l.append(lines[a])
    }
    (times, values, lines) = (t, v, l)
    if falls > 0 {
      note(.note, "the counter starts again \(falls) times", because: "it falls; the count since was taken")
    }
    if wide > 0 { note(.note, "\(wide) differences span missing rows", because: "they are gaps") }
  }

  // MARK: - Counts and rates

  /// Decides whether values count the requests of their step, where nobody said so.
  ///
  /// - Throws: the question, where the name may mean both and the answer changes by 60 and more.
  mutating func resolveUnit(step: Int64) throws(Diagnostics) {
    guard unit == nil else { return }
    switch meaning {
    case .rate(let seconds):
      unit = .perSecond
      if seconds != 1 {
        for i in values.indices { values[i] /= seconds }
        note(
          .note, "values were divided by \(NumberFormat.significant(seconds, 5))",
          because: "'\(name ?? "")' is a rate per \(NumberFormat.duration(.seconds(seconds)))")
      }
    case .count:
      unit = .countPerStep
      note(
        .note, "'\(name ?? "")' was read as counts of a step", because: "of its name",
        remedy: "say --per-second if it is a rate")
    case .either where Double(step) < 60e9 || values.contains(where: { $0.isFinite && $0 != $0.rounded(.down) }):
      unit = .perSecond
      note(
        .warning, "'\(name ?? "")' was read as requests per second",
        because: Double(step) < 60e9
          ? "its name may also mean a count" : "its name may also mean a count, which has no fractions",
        remedy: "say --per-step if it counts the requests of a step")
    case .either:
      throw Diagnostics([
        .error(
          "'\(name ?? "")' may be requests per second or in each step of \(NumberFormat.duration(.nanoseconds(step)))",
          at: place(1),
          help: "say --per-step or --per-second (in a plan: unit: per step, or per second): the answer differs "
            + "\(NumberFormat.significant(Double(step) * 1e-9, 3)) times")
      ])
    case .unknown, .counter: unit = .perSecond
    }
  }
}
