import Documents
import Glibc
import Planning
import Quantities
import Reporting
import Storing
import Terminal
import Traffic

struct ReviewVerb: Verb {
  static let info = VerbInfo(
    "review", "did the forecasts come true?",
    discussion: """
      Holds the forecasts that 'headroom forecast --store FILE' kept against the traffic that came since: errors beside \
      the last season repeated, whether demand came above or below the middle, steps within the 95 % range, and the \
      peak that came beside the peak's own quantiles. Over all of them: how often peaks exceeded P50, P90 and P95, \
      with an interval, and whether chance explains it. The newest forecast is compared with earlier ones of the same \
      dates.

      Series are found by their names: give the traffic as 'forecast' was given it, only longer. Steps of the traffic \
      may be finer than those of the forecast.

      Exit code 0: promises are kept, or too little has come to tell. 2: peaks exceeded what was promised more often \
      than chance explains.
      """,
    examples: [
      Example("headroom review traffic.csv --store headroom.db", "one series"),
      Example("headroom review all.csv --series service --store headroom.db -o review.html", "many, as a page"),
      Example("headroom review plan.yaml --store headroom.db", "the traffic of a plan"),
      Example("headroom review traffic.csv --store headroom.db --json | jq '.promises'", "for a dashboard"),
    ], seeAlso: ["review weekly", "forecast", "check"], section: "Traffic")

  let common: SharedOptions
  let choice: SeriesChoice
  let file: String?
  let store: String?

  init(_ a: inout Arguments) throws(UsageError) {
    store = try a.option("store", value: "FILE", help: "where 'headroom forecast --store' kept forecasts")
    var choice = SeriesChoice()
    choice.reading = try ReadingArguments(&a)
    choice.step = try a.option("step", value: "COLUMN", help: "the column of step numbers, in place of times")
    choice.every = try a.option(
      "every", value: "DURATION", help: "resample to this step, as 1h; with --step the length of one (default 1h)")
    choice.hierarchy = try a.option(
      "hierarchy", value: "FORMULA", help: "sums of columns or of levels of names, as they were forecast")
    self.choice = choice
    file = try a.positional(
      "FILE", help: "the traffic that came: CSV, CSV.gz, NDJSON or a plan file; - for standard input",
      completion: .files(["csv", "gz", "ndjson", "yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown, .csv], now: true)
    let isGiven = file != nil
    a.check(isGiven, "No traffic is named. Write 'headroom review traffic.csv --store headroom.db'.")
    let hasStore = store != nil
    a.check(hasStore, "No store is named. Add --store headroom.db, where 'headroom forecast --store' kept forecasts.")
    let isOne = choice.reading.time == nil || choice.step == nil
    a.check(isOne, "'--time' and '--step' contradict each other. Keep one.")
    let hasLevels =
      choice.hierarchy.map { SeriesFormula.isFormula($0) || (choice.reading.series != nil && !$0.isEmpty) } ?? true
    a.check(
      hasLevels,
      "'--hierarchy' with a separator takes the levels from the names of several series. Add --series COLUMN.")
  }

  func run() throws -> ExitCode {
    guard let file, let path = store else { return .usage }
    guard access(path, F_OK) == 0 else {
      throw Failure(
        "There is no store '\(path)'. Keep forecasts first: headroom forecast \(ShellWord.file(file)) --store \(ShellWord.file(path))",
        exitCode: .badInput)
    }
    let store = try Store(path: path, access: .readOnly)
    let kept = try store.forecastSeries()
    guard !kept.isEmpty else {
      throw Failure(
        "'\(path)' keeps no forecast. Keep one first: headroom forecast \(ShellWord.file(file)) --store \(ShellWord.file(path))",
        exitCode: .badInput)
    }
    var loaded = try ForecastSource(choice, file: file, common)
    if let hierarchy = choice.hierarchy { _ = try loaded.addSums(separator: hierarchy) }
    let pairs = try ReviewVerb.pairs(loaded.traces, kept, file: file, store: path)
    let bar = ProgressBar("reviewing", total: Double(pairs.count), unit: "series", on: common.console)
    var reviews: [SeriesReview] = []
    for (i, pair) in pairs.enumerated() {
      let rows = try store.forecasts(of: pair.kept)
      let read = ParallelMap.map(rows.count) { place in
        let row = rows[place]
        return KeptForecast(
          number: row.id, series: row.series, made: row.saved, start: row.start, step: row.step, result: row.result)
      }
      reviews.append(
        SeriesReview(
          pair.trace.name, forecasts: read.compactMap { $0 }, history: pair.trace.trace.series,
          unreadable: read.filter { $0 == nil }.count, among: pairs.count))
      bar.update(to: Double(i + 1))
    }
    bar.finish()
    if reviews.allSatisfy({ $0.comparisons.isEmpty && $0.tooFine > 0 }) {
      throw Failure(
        "The forecasts in \(path) have finer steps than \(file). Give traffic with steps as fine, or a smaller --every.",
        exitCode: .badInput)
    }
    let names = Set(pairs.map(\.trace.name))
    let found = Set(pairs.map(\.kept))
    let review = ForecastReview(
      reviews, until: pairs.map(\.trace.trace.end).max() ?? Timestamp(nanosecondsSinceEpoch: 0),
      withoutTraffic: kept.filter { !found.contains($0) },
      withoutForecast: loaded.traces.map(\.name).filter { !names.contains($0) })
    for one in reviews where one.tooFine > 0 {
      common.console.warn(
        "'\(one.name)': \(one.tooFine) forecast\(one.tooFine == 1 ? " has" : "s have") finer steps than this traffic. Give traffic with steps as fine."
      )
    }
    for one in reviews where one.unreadable > 0 {
      common.console.warn(
        "'\(one.name)': \(one.unreadable) kept forecast\(one.unreadable == 1 ? " is" : "s are") damaged and left out.")
    }
    ReportWriting.write(
      ReviewReport(
        review, source: loaded.source, store: path,
        provenance: ReportWriting.provenance("review", file, common, options: choice.words + ["--store", path]),
        zone: loaded.zone, isDated: choice.step == nil), common)
    return review.isKept ? .done : .objectiveMissed
  }

  /// Series by their names; one alone in the file and one alone in the store are taken for the same.
  private static func pairs(
    _ traces: [NamedTrace], _ kept: [String], file: String, store: String
  ) throws -> [(trace: NamedTrace, kept: String)] {
    if traces.count == 1, kept.count == 1 { return [(traces[0], kept[0])] }
    let known = Set(kept)
    let pairs = traces.filter { known.contains($0.name) }.map { (trace: $0, kept: $0.name) }
    guard pairs.isEmpty else { return pairs }
    func list(_ names: [String]) -> String {
      names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
    throw Failure(
      "No series of \(file) has a kept forecast. It has \(list(traces.map(\.name))); \(store) keeps \(list(kept)). Give the traffic as 'headroom forecast' was given it, with the same --series.",
      exitCode: .badInput)
  }
}
