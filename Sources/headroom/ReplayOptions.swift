import Connecting
import Documents
import Quantities
import Reporting
import Scaling
import Terminal

/// What every `headroom replay` takes: a manifest, and recorded metrics from a file or from Prometheus.
struct ReplayOptions {
  let isBatch: Bool
  let manifest: String
  let name: String?
  let metrics: String?
  let time: String?
  let columns: [String]
  let mode: RecordedReplay.Mode?
  let initial: Int?
  let stale: Duration
  let zone: String
  let isAll: Bool
  let prometheus: String?
  let queries: [String]
  let range: Duration
  let step: Duration

  init(_ a: inout Arguments, manifest what: String, batch: Bool) throws(UsageError) {
    isBatch = batch && a.flag("batch", help: "answer one JSON scenario a line from standard input")
    let file: String? = try a.option(
      "manifest", value: "FILE", help: "a file with \(what)", completion: .files(["yaml", "yml"]))
    manifest = file ?? ""
    name = try a.option("name", value: "NAME", help: "which one, where the file holds several")
    a.section("Recorded metrics")
    metrics = try a.option(
      "metrics", value: "FILE", help: "a CSV file of recorded metrics, also .gz; - for standard input",
      completion: .files(["csv", "gz"]))
    time = try a.option("time", value: "COLUMN", help: "the column of times, where it is not called time")
    columns = try a.options("column", value: "METRIC=COLUMN", help: "a metric under another column's name")
    prometheus = try a.option("prometheus", value: "URL", help: "ask a Prometheus server instead")
    queries = try a.options("query", value: "METRIC=PROMQL", help: "what to ask it, for each metric")
    range = try a.duration("range", default: .days(1), help: "how far back to ask")
    step = try a.duration("step", default: .seconds(15), help: "the resolution to ask for")
    a.section("The replay")
    let isModeGiven = a.isGiven("mode")
    let chosen = a.choice(
      "mode", among: RecordedReplay.Mode.allCases, default: .load,
      help: "load: the load of all pods is as recorded; recorded: each pod's value is; shadow: the replicas are")
    mode = isModeGiven ? chosen : nil
    initial = try a.option("initial", value: "NUMBER", help: "replicas before the first look")
    stale = try a.duration("stale", default: .minutes(5), help: "how long a row counts")
    zone = try a.option("zone", value: "NAME", default: "UTC", help: "whose clock, as Europe/Berlin")
    isAll = a.flag("all", help: "show every change, not the first 40")
    a.section("")
    a.check(isBatch || file != nil, "No manifest is named. Write --manifest FILE\(batch ? ", or --batch" : "").")
    let sources = (metrics == nil ? 0 : 1) + (prometheus == nil ? 0 : 1)
    a.check(
      isBatch || sources == 1,
      sources == 0
        ? "No metrics are named. Write --metrics FILE, or --prometheus URL with --query METRIC=PROMQL."
        : "--metrics and --prometheus are both given. Keep one.")
    a.check((initial ?? 0) >= 0 && (initial ?? 0) <= 10_000_000, "--initial is a number of replicas, 0 or more.")
  }

  func manifestBytes() throws -> [UInt8] { try Input.read(path: manifest) }

  /// Replays, and writes what came of it.
  func run(
    title: String, warnings: Diagnostics, _ common: SharedOptions,
    make: (RecordedReplay.Mode, Duration) -> RecordedReplay
  ) throws -> ExitCode {
    guard let rules = ZoneFiles.zone(named: zone) else {
      throw Failure(
        "'\(zone)' is not a time zone. Write a name of the tz database, as Europe/Berlin.", exitCode: .usage)
    }
    let console = common.console
    for warning in warnings.all { console.messages.write("\(warning)\n") }
    var replay = make(mode ?? .load, stale)
    let isCSV = common.format == .csv
    if isCSV {
      console.write(ReplayReport.csvHeader)
      let result = console.result
      replay.onLook = { result.write(ReplayReport.csv($0)) }
    }
    let source: String
    if let metrics {
      source = metrics == "-" ? "standard input" : metrics
      let file = MetricsFile(path: metrics, time: time, names: try pairs(columns, "--column"), zone: rules)
      for warning in try file.replay(&replay).all { console.messages.write("\(warning)\n") }
    } else {
      source = try ask(&replay, common)
    }
    if mode == nil, replay.summary.recordedReplicaSeconds == 0, replay.columns.contains(where: \.isOfPods) {
      console.note(
        "Without a column 'replicas' each pod is taken to report what was recorded, whatever the replicas.")
    }
    if isCSV { return .done }
    ReportWriting.write(
      ReplayReport(
        replay, title: title, source: source, zone: rules, limit: isAll ? nil : 40,
        provenance: Provenance(version: Headroom.version, file: source, command: ReportWriting.commandLine)), common)
    return .done
  }

  private func ask(_ replay: inout RecordedReplay, _ common: SharedOptions) throws -> String {
    let url = prometheus ?? ""
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      throw Failure("'\(url)' is not an address. Write --prometheus http://HOST:9090.", exitCode: .usage)
    }
    let metrics = replay.columns.filter(\.isRequired)
    var named: [String: String] = [:]
    for query in queries {
      // One metric alone needs no name, and PromQL is full of equal signs.
      let parts = query.split(separator: "=", maxSplits: 1)
      let name = parts.first.map { String($0) } ?? ""
      if parts.count == 2,
        replay.columns.contains(where: { $0.name == name }) || !name.contains("(") && !name.contains("{")
      {
        named[name] = String(parts[1])
      } else if metrics.count == 1, queries.count == 1, let only = metrics.first {
        named[only.name] = query
      } else {
        throw Failure("'\(query)' does not say which metric it is for. Write --query METRIC=PROMQL.", exitCode: .usage)
      }
    }
    let source = MetricsQueries(
      url: url, queries: named, range: range, step: step, until: try Clock.moment(common).now)
    let bar = ProgressBar("asking Prometheus", total: 1, on: common.console)
    let client = HTTPClient(credentials: try Credentials.named("HEADROOM_PROMETHEUS"))
    try source.replay(&replay, using: client) { bar.update(to: $0) }
    bar.finish()
    return url
  }

  private func pairs(_ words: [String], _ option: String) throws -> [String: String] {
    var pairs: [String: String] = [:]
    for word in words {
      guard let equals = word.lastIndex(of: "="), equals > word.startIndex, word.index(after: equals) < word.endIndex
      else { throw Failure("\(option) '\(word)' is not METRIC=COLUMN.", exitCode: .usage) }
      pairs[String(word[..<equals])] = String(word[word.index(after: equals)...])
    }
    return pairs
  }
}

extension RecordedReplay.Column {
  /// Whether its value is that of single pods.
  var isOfPods: Bool { meaning.contains("mean") }
}

extension Arguments {
  /// A span of time, as `15s` or `5m`.
  mutating func duration(_ name: String, default standard: Duration, help: String) throws(UsageError) -> Duration {
    let shown = NumberFormat.duration(standard).filter { $0 != " " }
    let word: String = try option(name, value: "SPAN", default: shown, help: help)
    let parsed = try? Duration.parse(word)
    check(
      parsed.map { $0 >= .zero } ?? false || word == shown,
      "--\(name) '\(word)' is not a span of time. Write 15s, 5m or 7d.")
    return parsed ?? standard
  }
}
