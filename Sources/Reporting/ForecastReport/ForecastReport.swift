import Quantities
import Terminal
import Traffic

/// What is coming, for one series or many: `headroom forecast`.
public struct ForecastReport: Sendable {
  /// What is told of every series, in the order of documents: by urgency where there is a capacity, else as they came.
  public let summaries: [ForecastSummary]
  /// In the same order the studies that are at hand: all, or at least the first `mostSections`.
  public let studies: [ForecastStudy]
  /// Of each of ``summaries`` its place among those that came.
  public let order: [Int]
  public let source: String
  public let provenance: Provenance
  /// Whether the backtest is what was asked for.
  public let isBacktest: Bool
  /// Whether the series' times are dates rather than numbers of steps.
  public let isDated: Bool
  /// The levels of a hierarchy, the coarsest first; empty where there is none.
  let levels: [String]
  /// In the order in which people read them: the sum of all before its parts, unless urgency decides.
  let told: [ForecastSummary]
  let shown: [ForecastStudy]

  /// - Precondition: there is at least one study.
  public init(
    _ studies: [ForecastStudy], source: String, provenance: Provenance = Provenance(), isBacktest: Bool = false,
    isDated: Bool = true
  ) {
    self.init(
      summaries: studies.map { ForecastSummary($0) }, studies: studies, source: source, provenance: provenance,
      isBacktest: isBacktest, isDated: isDated)
  }

  /// A report from what was gathered while studies came and went; without the others it is neither JSON nor CSV.
  ///
  /// - Precondition: at least one came.
  public init(
    _ gathered: ForecastGathering, source: String, provenance: Provenance = Provenance(), isBacktest: Bool = false,
    isDated: Bool = true
  ) {
    self.init(
      summaries: gathered.summaries, studies: gathered.studies, source: source, provenance: provenance,
      isBacktest: isBacktest, isDated: isDated)
  }

  private init(
    summaries: [ForecastSummary], studies: [ForecastStudy], source: String, provenance: Provenance, isBacktest: Bool,
    isDated: Bool
  ) {
    precondition(!studies.isEmpty, "a report tells of at least one series")
    let hasRunways = summaries.contains { $0.runway != nil }
    order = ForecastReport.byUrgency(summaries)
    let ordered = order.map { summaries[$0] }
    self.summaries = ordered
    let kept = ForecastReport.byUrgency(studies.map { ForecastSummary($0) }).map { studies[$0] }
    self.studies = kept
    // Parts come before their sums, so that the coarsest level is seen last.
    var seen: [String] = []
    for one in summaries { if let level = one.level, !seen.contains(level) { seen.append(level) } }
    let levels = Array(seen.reversed())
    self.levels = levels
    let isByLevel = !hasRunways && !levels.isEmpty
    told = isByLevel ? levels.flatMap { level in ordered.filter { $0.level == level } } : ordered
    shown = isByLevel ? levels.flatMap { level in kept.filter { $0.level == level } } : kept
    self.source = source
    self.provenance = provenance
    self.isBacktest = isBacktest
    self.isDated = isDated
  }

  /// Series that run out first come first; those that never do stand by how full they become; without a capacity as
  /// they came.
  static func byUrgency(_ summaries: [ForecastSummary]) -> [Int] {
    func key(_ one: ForecastSummary) -> (Int, Int, Double) {
      guard let runway = one.runway else { return (.max, .max, 0) }
      return (
        runway.p50?.daysSinceEpoch ?? Int.max, runway.p90?.daysSinceEpoch ?? Int.max,
        -one.peak[1] / max(runway.capacity.rawValue, 1e-300)
      )
    }
    let keyed = summaries.enumerated().map { (key: key($0.element), place: $0.offset) }
    return keyed.sorted { a, b in
      if a.key != b.key { return a.key < b.key }
      return a.place < b.place
    }.map(\.place)
  }

  var first: ForecastStudy { studies[0] }
  var zone: TimeZoneRules { first.request.zone }
  /// What everything adds up to, in a hierarchy.
  var wholeSum: ForecastSummary? {
    levels.first.flatMap { level in levels.count > 1 ? summaries.first { $0.level == level } : nil }
  }
  var isSingle: Bool { summaries.count == 1 }

  /// A rate as people read it.
  static func rate(_ value: Double) -> String { "\(RequestRate(rawValue: value))" }

  func date(_ date: CivilDate) -> String {
    if isDated { return "\(date.weekday.name.prefix(3)) \(date)" }
    return "day \(date.daysSinceEpoch + 1)"
  }

  /// `the next 14 d`, `the next 48 steps`.
  var span: String {
    let ahead = first.history.step * first.steps
    return isDated ? "the next \(NumberFormat.duration(ahead))" : "the next \(Wording.count(first.steps, "step"))"
  }

  /// The answer in a sentence.
  var headline: String {
    if isSingle {
      // One answer: when it runs out where that was asked, else the peak; the other stands beside it.
      return first.runway.map { Self.sentence($0, date: date) } ?? peakSentence
    }
    let runways = summaries.compactMap(\.runway)
    if !runways.isEmpty {
      let out = runways.filter { $0.p50 != nil }.count
      let risky = runways.filter { $0.p50 == nil && $0.p90 != nil }.count
      let sums = levels.count > 1 ? summaries.filter { $0.level != levels.last }.count : 0
      let count = Wording.count(summaries.count - sums, "series", plural: "series")
      return
        "\(out) of \(count)\(sums > 0 ? " and \(Wording.count(sums, "sum"))" : "") outgrow their capacity within the year, \(risky) more may."
    }
    if let whole = wholeSum {
      let peak = whole.peak
      let series = summaries.filter { $0.level == levels.last }.count
      return
        "\(Wording.count(series, "series", plural: "series")) and \(Wording.count(summaries.count - series, "sum")) that add up: the peak of \(whole.name) over \(span) is expected at \(Self.rate(peak[0])); it stays below \(Self.rate(peak[1])) with 90 % and below \(Self.rate(peak[3])) with 99 %."
    }
    let sum = summaries.reduce(0.0) { $0 + $1.peak[0] }
    return
      "\(Wording.count(summaries.count, "series", plural: "series")) over \(span); their peaks add up to \(Self.rate(sum)), were they all to come at once."
  }

  private var peakSentence: String {
    let peak = first.answer.peak
    return
      "The peak over \(span) is expected at \(Self.rate(peak[0])), below \(Self.rate(peak[1])) with 90 % and \(Self.rate(peak[3])) with 99 %."
  }

  /// Beside the answer: the peak where the headline tells of capacity, and how good the forecast was.
  var lead: String {
    guard isSingle else { return "" }
    return (first.runway == nil ? "" : peakSentence + " ") + Self.trust(first.backtest)
  }

  static func sentence(_ runway: RunwayOutlook, date: (CivilDate) -> String) -> String {
    let capacity = "\(runway.capacity)"
    guard let middle = runway.p50 else {
      if let early = runway.p90 {
        return
          "The capacity of \(capacity) is expected to last until \(date(runway.until)), but one future in ten exceeds it on \(date(early))."
      }
      return "The capacity of \(capacity) lasts until \(date(runway.until)), in nine of ten futures on every day."
    }
    guard let early = runway.p90, early != middle else {
      return "The capacity of \(capacity) is outgrown on \(date(middle))."
    }
    return "The capacity of \(capacity) is outgrown on \(date(middle)), in one future of ten by \(date(early))."
  }

  /// How good the forecast was, in a sentence.
  static func trust(_ backtest: Backtest?) -> String {
    guard let backtest else { return "The history is too short to test the forecast against what came." }
    let total = backtest.total
    var text =
      "Made again from \(Wording.count(backtest.origins.count, "earlier moment")), it erred "
    if total.relativeOWA.isFinite {
      let gain = 1 - total.relativeOWA
      text += "\(Wording.percent(abs(gain))) \(gain >= 0 ? "less" : "more") than the last season repeated; "
    }
    text += "\(Wording.percent(total.coverage)) of what came lay within the 95 % range"
    if backtest.peakError.isFinite {
      text += ", and the peak was off by \(Wording.percent(backtest.peakError)) on average"
    }
    return text + "."
  }

  /// Members by weight in a sentence.
  static func members(_ answer: ForecastAnswer) -> String {
    guard !answer.weights.isEmpty else { return "" }
    let named = answer.weights.prefix(4).map { "\($0.name) \(Wording.percent($0.weight))" }
    let rest = answer.weights.count - named.count
    return "Weights: \(named.joined(separator: ", "))" + (rest > 0 ? ", \(rest) more." : ".")
  }

  static func seasons(_ study: ForecastStudy) -> String {
    guard !study.seasons.isEmpty else { return "No cycle fits into the history twice." }
    let parts = study.seasons.enumerated().map { i, season in
      "the \(season.name) explains \(Wording.percent(season.strength)) of \(i == 0 ? "the variation" : "what is left")"
    }
    return Wording.sentence(Wording.list(parts)) + "."
  }

  /// Changes of level in a sentence; empty where there are none.
  func shifts(_ study: ForecastStudy) -> String {
    guard !study.shifts.isEmpty else { return "" }
    let told = study.shifts.suffix(4).map { "\(date($0.date)) from \($0.before) to \($0.after)" }
    let rest = study.shifts.count - told.count
    return "The level or its growth changed for good: \(told.joined(separator: "; "))"
      + (rest > 0 ? "; \(rest) earlier." : ".")
  }

  func growth(_ study: ForecastStudy) -> String {
    let growth = study.growth
    if growth.isCertain, growth.mid.rawValue == 0 {
      return "No growth is taken: telling it needs \(GrowthTrend.leastWeeks) weeks of history."
    }
    return
      "Growth of \(Wording.change(growth.mid.rawValue)) a year (80 % interval \(Wording.change(growth.low.rawValue)) to \(Wording.change(growth.high.rawValue)))."
  }

  /// What the peak would be were the proposed events counted; empty where there are none.
  func withProposals(_ study: ForecastStudy) -> String {
    guard let peak = study.peakWithProposals, peak.count > 1 else { return "" }
    let ahead = zone.local(study.start + study.history.step * study.steps - .nanoseconds(1)).date
    let falls = study.proposals.contains { $0.next.map { $0 <= ahead } ?? false }
    return
      "With \(study.proposals.count == 1 ? "this event" : "these events") counted, the peak over \(span) would be expected at \(Self.rate(peak[0])) and stay below \(Self.rate(peak[1])) with 90 %"
      + (falls ? "." : ": none of these days lies within it.")
  }

  func changes(_ study: ForecastStudy) -> [String] {
    study.changes.map { change in
      let time =
        isDated
        ? Wording.moment(change.time, zone: zone)
        : "step \(NumberFormat.grouped((change.time.secondsSinceEpoch / study.history.step.seconds).rounded()))"
      return "\(time): \(change.from) counts as \(change.to)"
    }
  }

  static func blockName(_ block: Backtest.Block, step: Duration) -> String {
    let day = 86400 / step.seconds
    if Double(block.to - block.from) == day, Double(block.from).truncatingRemainder(dividingBy: day) == 0 {
      return "day \(block.from / (block.to - block.from) + 1)"
    }
    return block.to - block.from == 1 ? "step \(block.to)" : "steps \(block.from + 1) to \(block.to)"
  }
}
