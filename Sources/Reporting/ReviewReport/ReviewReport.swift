import Planning
import Quantities
import Terminal
import Traffic

/// Whether forecasts came true: `headroom review`.
public struct ReviewReport: Sendable {
  public let review: ForecastReview
  public let source: String
  public let store: String
  public let provenance: Provenance
  let zone: TimeZoneRules
  /// Whether the series' times are dates rather than numbers of steps.
  let isDated: Bool
  /// Whether dates are written for a page: `25 Jul 2026`, in one piece.
  var isPage = false

  public init(
    _ review: ForecastReview, source: String, store: String, provenance: Provenance = Provenance(),
    zone: TimeZoneRules = .utc, isDated: Bool = true
  ) {
    self.review = review
    self.source = source
    self.store = store
    self.provenance = provenance
    self.zone = zone
    self.isDated = isDated
  }

  /// Series with a section of their own on a page, and rows of a table of forecasts.
  static let mostSections = 24
  static let mostRows = 60

  var isSingle: Bool { review.series.count == 1 }

  func date(_ time: Timestamp) -> String {
    guard isDated else { return "day \(Int((time.secondsSinceEpoch / 86_400).rounded(.down)) + 1)" }
    let date = zone.local(time).date
    guard isPage else { return "\(date)" }
    return "\(TimeAxis.dayAndMonth(date)) \(date.year)".split(separator: " ").joined(separator: "\u{A0}")
  }

  static func rate(_ value: Double) -> String { value.isFinite ? "\(RequestRate(rawValue: value))" : "-" }
  static func share(_ value: Double) -> String { value.isFinite ? Wording.percent(value) : "-" }
  /// To a tenth of a per cent: finer is noise.
  static func change(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let tenths = (value * 1000).rounded()
    return tenths == 0 ? "0 %" : Wording.change(tenths / 1000)
  }

  // MARK: - Sentences

  /// The answer: what the peak's P95 held, and where demand came beside the middle.
  public var headline: String {
    let shared = [promise(review.promises), middle(review.excess, of: isSingle ? nil : review.series.count)]
    guard review.series.contains(where: { $0.latest != nil }) else {
      let first = review.series.flatMap(\.comparisons).map(\.start).min()
      return "Nothing of what was forecast has come yet"
        + (first.map { ": the first step ahead is \(isDated ? "on " : "")\(date($0))." } ?? ".")
    }
    var text = shared.filter { !$0.isEmpty }
    if isSingle, let outlook = outlook(review.series[0]) { text.append(outlook) }
    return text.joined(separator: " ")
  }

  /// `The P95 held 19 of 20 peaks: as promised.`
  func promise(_ promises: [PeakPromise]) -> String {
    let p95 = promises[2]
    let (k, n) = (p95.exceeded.hits, p95.exceeded.count)
    guard n > 0 else {
      return review.coverage.isFinite
        ? "No horizon has come in full yet; so far \(Wording.percent(review.coverage)) of what came lies within the 95 % range."
        : ""
    }
    var text = "The P95 held \(n - k) of \(Wording.count(n, "peak")): "
    switch p95.verdict {
    case .kept: text += "as promised."
    case .cautious: text += "more cautious than it says."
    case .broken: text += "19 of 20 are promised, and chance does not explain it."
    case .early:
      text +=
        p95.independent < n
        ? "too few to tell, as they overlap." : "too few to tell."
    }
    for (promise, name, expected) in [
      (promises[0], "P50", "half"), (promises[1], "P90", "one in ten"), (promises[3], "P99", "one in a hundred"),
    ] where promise.verdict == .broken {
      text += " The \(name) was exceeded \(promise.exceeded.hits) times where \(expected) was promised."
    }
    if promises[0].verdict == .cautious {
      text +=
        " The P50 was exceeded \(promises[0].exceeded.hits) times where half was promised: peaks are forecast too high."
    }
    return text
  }

  /// `Demand came 18 % above the middle: forecast again, and look at growth.`
  func middle(_ excess: Double, of series: Int? = nil) -> String {
    guard excess.isFinite else { return "" }
    let subject = series.map { "In the median of \($0) series demand came" } ?? "Demand came"
    if abs(excess) < 0.005 { return "\(subject) at the middle of the forecast." }
    let size =
      "\(subject) \(Wording.percent((abs(excess) * 1000).rounded() / 1000)) \(excess > 0 ? "above" : "below") the middle of the newest forecast"
    guard abs(excess) >= SeriesReview.notable else { return size + "." }
    return size
      + (excess > 0 ? ": forecast again, and look at growth." : ": forecast again, before capacity is bought for it.")
  }

  /// Whether the outlook has moved; nil where there is nothing to compare.
  func outlook(_ one: SeriesReview) -> String? {
    guard let first = one.outlook.last, first.change.isFinite else { return nil }
    let dates = "\(date(first.from)) to \(date(first.to - .nanoseconds(1)))"
    guard abs(first.change) >= 0.005 else { return "The outlook for \(dates) is what it was on \(date(first.made))." }
    return
      "The outlook for \(dates) has \(first.change > 0 ? "risen" : "fallen") by \(Wording.percent((abs(first.change) * 1000).rounded() / 1000)) since \(date(first.made)), to \(Self.rate(first.after)) at the top of the path."
  }

  /// What a series' peak did, in a sentence.
  func peak(_ one: ForecastComparison) -> String {
    guard let place = one.place else { return "" }
    let came =
      "The highest step \(one.isJudged ? "that came" : "so far") is \(Self.rate(one.truePeak)), \(Self.words(place))"
    return came
      + (one.isJudged ? "." : "; \(Wording.percent(Double(one.known) / Double(one.steps))) of the horizon is known.")
  }

  func sentence(_ one: SeriesReview) -> String {
    guard let latest = one.latest else { return "Nothing has come yet." }
    return [
      one.promises[2].exceeded.count > 0 ? promise(one.promises) : "", middle(latest.excess), peak(latest),
      outlook(one) ?? "",
    ].filter { !$0.isEmpty }.joined(separator: " ")
  }

  static func words(_ place: ForecastComparison.Place) -> String {
    switch place {
    case .belowP50: "below the P50"
    case .belowP90: "between P50 and P90"
    case .belowP95: "between P90 and P95"
    case .belowP99: "between P95 and P99"
    case .aboveP99: "above the P99"
    }
  }

  static func words(_ verdict: SeriesReview.Verdict) -> String {
    switch verdict {
    case .broken: "broken"
    case .watch: "look at it"
    case .holds: "holds"
    case .early: "too early"
    }
  }

  static func words(_ verdict: PeakPromise.Verdict) -> String {
    switch verdict {
    case .broken: "broken"
    case .cautious: "too cautious"
    case .kept: "as promised"
    case .early: "too few to tell"
    }
  }

  // MARK: - Tables

  static let promiseColumns = ["promise", "exceeded", "promised", "verdict", "likely between"]
  func promiseRows(_ promises: [PeakPromise]) -> [[String]] {
    promises.map { one in
      let count = one.exceeded.count
      return [
        "P\(NumberFormat.significant(one.level * 100, 3))", count == 0 ? "-" : "\(one.exceeded.hits) of \(count)",
        Self.share(1 - one.level), Self.words(one.verdict),
        count == 0 ? "-" : "\(Self.share(one.exceeded.low)) and \(Self.share(one.exceeded.high))",
      ]
    }
  }

  static let forecastColumns = [
    "made", "first step", "come", "peak came", "it lies", "P50", "P90", "P95", "P99", "demand", "in 95 %", "OWA",
  ]
  func forecastRows(_ one: SeriesReview) -> [[String]] {
    one.comparisons.prefix(Self.mostRows).map { each in
      let owa = each.score.map(\.relativeOWA) ?? .nan
      let known = Self.share((100 * Double(each.known) / Double(each.steps)).rounded() / 100)
      let lies = each.place.map { Self.words($0) + (each.isJudged ? "" : " so far") } ?? "-"
      return [isDated ? date(each.made) : "\(each.number)", date(each.start), known, Self.rate(each.truePeak), lies]
        + each.peak.map(Self.rate) + [
          Self.change(each.excess), Self.share(each.score?.coverage ?? .nan),
          owa.isFinite ? NumberFormat.significant(owa, 2) : "-",
        ]
    }
  }

  static let seriesColumns = ["series", "verdict", "P95 held", "demand", "in 95 %", "outlook", "forecasts"]
  var seriesRows: [[String]] {
    review.series.map { one in
      let held = one.promises[2].exceeded
      let scores = one.comparisons.compactMap(\.score)
      return [
        one.name, Self.words(one.verdict), held.count == 0 ? "-" : "\(held.count - held.hits) of \(held.count)",
        Self.change(one.latest?.excess ?? .nan),
        scores.isEmpty ? "-" : Self.share(ForecastScore(mean: scores).coverage),
        Self.change(one.outlook.last?.change ?? .nan), "\(one.comparisons.count)",
      ]
    }
  }

  /// Names that found no partner, as sentences.
  var strangers: [String] {
    func list(_ names: [String]) -> String {
      Wording.list(Array(names.prefix(5).map { "'\($0)'" }) + (names.count > 5 ? ["\(names.count - 5) more"] : []))
    }
    var lines: [String] = []
    if !review.withoutForecast.isEmpty { lines.append("No forecast is kept of \(list(review.withoutForecast)).") }
    if !review.withoutTraffic.isEmpty {
      lines.append("\(source) has no traffic of \(list(review.withoutTraffic)), of which forecasts are kept.")
    }
    return lines
  }

  static let legend =
    "Demand: what came over the middle of the newest forecast. Horizons that overlap count as one between them in the intervals, which are of 99 %; fewer than \(PeakPromise.leastHorizons) condemn nobody."

  // MARK: - Text

  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    var lines = TerminalText.wrapped(headline, width: width).map { style(.heading, $0) } + [""]
    func add(_ columns: [String], _ rows: [[String]], left: Set<String>) {
      var table = TextTable(
        columns.map { TextTable.Column($0, left.contains($0) ? .left : .right, isFlexible: $0 == "series") })
      for row in rows { table.add(row) }
      lines += table.text(width: width, style: style).split(separator: "\n").map(String.init) + [""]
    }
    add(Self.promiseColumns, promiseRows(review.promises), left: ["promise", "verdict"])
    if isSingle {
      // The terminal has no room for the quantiles that lie between.
      let shown = [0, 1, 2, 3, 4, 5, 7, 9, 10]
      let rows = forecastRows(review.series[0])
      add(
        shown.map { Self.forecastColumns[$0] }, rows.map { row in shown.map { row[$0] } },
        left: ["made", "first step", "it lies"])
      if review.series[0].comparisons.count > rows.count {
        lines.append("... \(review.series[0].comparisons.count - rows.count) more with --json or --format csv")
      }
      if let latest = review.series[0].latest { lines += TerminalText.wrapped(peak(latest), width: width) }
    } else {
      let rows = seriesRows
      add(Self.seriesColumns, Array(rows.prefix(Self.mostRows)), left: ["series", "verdict"])
      if rows.count > Self.mostRows {
        lines.append("... \(rows.count - Self.mostRows) more series with --json or --format csv")
      }
    }
    for line in strangers + [Self.legend] { lines += TerminalText.wrapped(line, width: width) }
    return lines.joined(separator: "\n") + "\n"
  }

  public func markdown() -> String { report().markdown() }
  public func html() -> String { report().html() }
}
