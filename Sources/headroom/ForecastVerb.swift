import Documents
import Planning
import Quantities
import Reporting
import Storing
import Terminal
import Traffic

struct ForecastVerb: Verb {
  static let info = VerbInfo(
    "forecast", "what will it be, how high is the peak, when do I run out?",
    discussion: """
      Forecasts a series in a file of any kind that 'headroom analyze' reads, or the traffic of a plan file, and the \
      peak as a number of its own, by an ensemble weighed at earlier moments of the same series. Every answer carries its backtest.

      With --series a CSV holds several series below each other; they inform each other unless --alone is given. With \
      --capacity it tells when each outgrows it, the most urgent first.

      With --hierarchy sums are forecast as well and everything is reconciled so that it adds up. --hierarchy / takes \
      levels from the series' names (shop/eu/web); a formula takes them from columns: 'service / region' nests, \
      'service * region' crosses (sums by service, by region and of all), parentheses group, backticks hold names with \
      blanks.

      With --batch it answers one JSON question a line: {"id", "step_seconds", "values": [number or null], "horizon", \
      "seasons": [24, 168]} gives {"id", "mean", "q025", "q10", "q50", "q90", "q975", "q99", "peak": {"q50", "q90", \
      "q95", "q99"}, "backtest", "findings"}.

      Series are forecast on all cores; HEADROOM_THREADS limits them. The answers do not depend on their number.
      """,
    examples: [
      Example("headroom forecast traffic.csv --horizon 14d", "the peak of the next two weeks"),
      Example("headroom forecast traffic.csv --capacity 1200", "when is 1,200 requests a second outgrown?"),
      Example("headroom forecast traffic.csv --backtest", "would it have been right?"),
      Example("headroom forecast plan.yaml -o forecast.html", "the traffic, events and capacity of a plan"),
      Example("headroom forecast all.csv --series service --format csv", "many series, a row a step"),
      Example("headroom forecast all.csv --series service --hierarchy /", "services, regions and their sums add up"),
      Example(
        "headroom forecast all.csv --hierarchy 'service * region' -o fleet.html", "sums by service, by region, of all"),
      Example("headroom forecast traffic.csv --events launches.ics", "with the events of a calendar"),
      Example("headroom forecast new.csv --like old.csv --horizon 90d", "the season of the year of another series"),
      Example("headroom forecast traffic.csv --paths 100 --format csv", "sampled futures for a simulation"),
      Example("headroom forecast traffic.csv --store headroom.db", "kept, to be held against what comes"),
      Example("headroom forecast --batch < questions.ndjson", "each series by itself"),
      Example("headroom forecast --batch --pooled < questions.ndjson", "series of one kind inform each other"),
    ], seeAlso: ["review", "analyze", "plan"], section: "Traffic")

  let common: SharedOptions
  let isBatch: Bool
  let isPooled: Bool
  let isAlone: Bool
  let isBacktest: Bool
  let file: String?
  let reading: ReadingArguments
  let stepColumn: String?
  let every: String?
  let horizon: String?
  let capacity: String?
  let events: String?
  let like: String?
  let floor: String?
  let cap: String?
  let paths: Int
  let hierarchy: String?
  let store: String?

  init(_ a: inout Arguments) throws(UsageError) {
    reading = try ReadingArguments(&a)
    stepColumn = try a.option("step", value: "COLUMN", help: "the column of step numbers, in place of times")
    every = try a.option(
      "every", value: "DURATION", help: "resample to this step, as 1h; with --step the length of one (default 1h)")
    horizon = try a.option("horizon", value: "DURATION", help: "how far ahead: 14d, or a number of steps")
    capacity = try a.option("capacity", value: "RATE", help: "what must not be exceeded, for each series")
    events = try a.option(
      "events", value: "FILE", help: "an iCalendar file of events; X-HEADROOM-LIFT:3 says what one lifts",
      completion: .files(["ics"]))
    like = try a.option(
      "like", value: "FILE", help: "a sister series of 13 months and more, whose season of the year holds here too",
      completion: .files(["csv", "gz", "ndjson"]))
    floor = try a.option("floor", value: "RATE", help: "the forecast does not fall below it")
    cap = try a.option("cap", value: "RATE", help: "nor rise above it, as a quota")
    paths = try a.option("paths", value: "N", default: 0, help: "so many sampled futures in --json and --format csv")
    hierarchy = try a.option(
      "hierarchy", value: "FORMULA",
      help: "sums that add up: columns as 'service / region' or 'service * region', or what separates levels of a name")
    store = try a.option("store", value: "FILE", help: "keep the forecasts, for 'headroom review'")
    isBacktest = a.flag("backtest", help: "how good would it have been? by lead, against the last season repeated")
    isBatch = a.flag("batch", help: "answer one JSON question a line from standard input")
    isPooled = a.flag("pooled", help: "learn first what the hourly series have in common (the default with --series)")
    isAlone = a.flag("alone", help: "with --series: each series by itself")
    file = try a.positional(
      "FILE", help: "a file of traffic or a plan file; - for standard input",
      completion: .files(["csv", "gz", "ndjson", "json", "yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown, .csv], seed: 1, now: true)
    let isGiven = file != nil || isBatch
    a.check(
      isGiven, "No traffic is named. Write 'headroom forecast traffic.csv', or --batch to answer questions.")
    let isOne = reading.time == nil || stepColumn == nil
    a.check(isOne, "'--time' and '--step' contradict each other. Keep one.")
    let pathsFit = (0...100_000).contains(paths)
    a.check(pathsFit, "'--paths \(paths)' is out of range. Give 0 to 100000 sampled futures.")
    let hasLevels = hierarchy.map { SeriesFormula.isFormula($0) || (reading.series != nil && !$0.isEmpty) } ?? true
    a.check(
      hasLevels,
      "'--hierarchy' with a separator takes the levels from the names of several series. Add --series COLUMN, or name columns, as --hierarchy 'service / region'."
    )
    let isEither = !isPooled || !isAlone
    a.check(isEither, "'--pooled' and '--alone' contradict each other. Keep one.")
  }

  var choice: SeriesChoice {
    SeriesChoice(reading: reading, step: stepColumn, every: every, hierarchy: hierarchy)
  }

  /// What the command says beyond its file, seed and output, for one that makes the report again.
  private var words: [String] {
    let named = [
      ("--horizon", horizon), ("--capacity", capacity), ("--events", events), ("--like", like), ("--floor", floor),
      ("--cap", cap),
      ("--paths", paths > 0 ? "\(paths)" : nil),
    ]
    return choice.words + named.flatMap { name, value in value.map { [name, $0] } ?? [] }
      + [("--backtest", isBacktest), ("--pooled", isPooled), ("--alone", isAlone)].filter(\.1).map(\.0)
  }

  func run() throws -> ExitCode {
    if isBatch { return try ForecastBatch(console: common.console, isPooled: isPooled).run() }
    guard let file else { return .usage }
    // A file that is begun must not be left half written, not even while the input is still being read.
    if common.output != nil { Interruption.install() }
    var loaded = try ForecastSource(self, file: file)
    // Sums have no prior to offer: the series themselves inform each other.
    let forecaster = forecaster(for: loaded.traces)
    if let hierarchy, !loaded.hasLevels(separator: hierarchy) {
      common.console.warn(
        "No series has '\(hierarchy)' in its name: the total is the only sum. Give what separates the levels of names, or a formula of columns, as 'service / region'."
      )
    }
    let tree = try hierarchy.map { try loaded.addSums(separator: $0) }
    let traces = loaded.traces
    let requests = try traces.map { try loaded.request($0.trace) }
    let bar = ProgressBar("forecasting", total: Double(traces.count), unit: "series", on: common.console)
    let provenance = ReportWriting.provenance("forecast", file, common, options: words)
    // Before the work, so that a store that cannot be opened does not cost it.
    let keeper = try store.map { try Store(path: $0) }
    var stream = ForecastStream(common, isOrdered: requests.first?.capacity != nil)
    var gathered = ForecastGathering()
    var held: [ForecastStudy] = []
    // What must be reconciled is held until all of it is there.
    let isWhole = tree != nil
    let (format, isDated) = (stream.format, stepColumn == nil)
    if !isWhole { stream.begin(paths: paths) }
    // Some at a time, so that progress is told, and each leaves when those before it have left.
    let width = max(64, 4 * ParallelMap.threads)
    if traces.count > width, common.output == nil { Interruption.install() }
    for from in stride(from: 0, to: traces.count, by: width) where stream.isWanted {
      guard !Interruption.isRequested else {
        bar.finish()
        throw Failure(
          "Stopped after \(from) of \(traces.count) series\(common.output.map { "; nothing was written to \($0)" } ?? "")\(store.map { isWhole || from == 0 ? "" : "; their forecasts are kept in \($0)" } ?? "").",
          exitCode: .interrupted)
      }
      let part = ParallelMap.map(min(width, traces.count - from)) {
        let trace = traces[from + $0]
        var study = ForecastStudy(of: trace.trace.series, name: trace.name, requests[from + $0], by: forecaster)
        study.level = trace.level
        study.reading = trace.trace.report.reading.isEmpty ? nil : trace.trace.report.reading.line
        return (study: study, bytes: isWhole ? [] : ForecastStream.part(of: study, format, isDated: isDated))
      }
      if isWhole {
        held += part.map(\.study)
      } else {
        if let keeper { try keep(part.map(\.study), in: keeper) }
        for one in part {
          gathered.add(one.study)
          try stream.add(one.bytes)
        }
      }
      bar.update(to: Double(from + part.count))
    }
    bar.finish()
    guard stream.isWanted else { return .done }
    if let tree {
      held = ForecastVerb.reconciled(held, over: tree)
      if let keeper { try keep(held, in: keeper) }
      ReportWriting.write(
        ForecastReport(
          held, source: loaded.source, provenance: provenance, isBacktest: isBacktest, isDated: isDated),
        common)
    } else {
      try stream.end(
        ForecastReport(
          gathered, source: loaded.source, provenance: provenance, isBacktest: isBacktest, isDated: isDated),
        common)
    }
    if let store {
      common.console.note("Kept \(traces.count) forecast\(traces.count == 1 ? "" : "s") in \(store).")
    }
    return .done
  }

  /// Forecasts that add up over a hierarchy.
  private static func reconciled(_ studies: [ForecastStudy], over tree: SeriesHierarchy) -> [ForecastStudy] {
    let variances = studies.map { study -> Double in
      let error = study.answer.backtest?.error ?? Statistics.mean(study.answer.mean.map { abs($0) }) ?? 1
      return error * error
    }
    let paths = tree.reconciled(studies.map(\.answer.mean), variances: variances)
    return zip(studies, paths).map { $0.moved(to: $1) }
  }

  private func keep(_ studies: [ForecastStudy], in store: Store) throws {
    let now = try Clock.moment(common).now
    try store.saveForecasts(
      studies.map { study in
        var json = JSONWriter()
        json.object { study.answer.write(to: &$0) }
        return StoredForecast(
          series: study.name, start: study.start, step: study.history.step, result: json.text, saved: now)
      })
  }

  /// Pooled where several series came together.
  private func forecaster(for traces: [NamedTrace]) -> EnsembleForecaster {
    guard isPooled || (traces.count > 1 && !isAlone) else { return EnsembleForecaster() }
    let hourly = traces.filter { $0.trace.series.step == .seconds(3600) }.map { $0.trace.series.rawValues }
    return EnsembleForecaster(prior: LagPrior(of: hourly) ?? LagPrior.shipped)
  }
}
