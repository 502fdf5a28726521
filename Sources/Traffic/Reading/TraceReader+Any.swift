import Documents
import Quantities

extension TraceReader {
  /// The series of a file of any kind: told by its first bytes, not by its name.
  ///
  /// CSV in all its forms; JSON as monitoring systems answer (`MonitoringFormat`), as an array of objects and as one
  /// object a line; OpenMetrics. `.gz` and UTF-16 are unpacked.
  ///
  /// - Parameter selection: which columns and series are meant; the result has those alone, or their sum.
  /// - Throws: `DocumentError` where the file cannot be read, `Diagnostics` for what is wrong in it.
  public static func read(
    path: String, _ selection: SeriesSelection = SeriesSelection(), options: TraceOptions = TraceOptions()
  ) throws -> [NamedTrace] {
    try readEach(path: path, selection, options: options).whole()
  }

  /// The same, each series by itself: what is wrong with one of them keeps no other from being read.
  ///
  /// - Throws: `DocumentError` where the file cannot be read, `Diagnostics` for what is wrong with it as a whole.
  public static func readEach(
    path: String, _ selection: SeriesSelection = SeriesSelection(), options: TraceOptions = TraceOptions()
  ) throws -> [SeriesReading] {
    guard path == "-" else { return try read(.path(path), at: path, selection, options) }
    // A pipe cannot be read twice.
    let input = try SpooledInput()
    return try read(.standardInput(input), at: input.path, selection, options)
  }

  private static func read(
    _ input: TableInput, at path: String, _ selection: SeriesSelection, _ options: TraceOptions
  ) throws -> [SeriesReading] {
    let source = input.name
    let head = try Input.head(path: path, 1 << 16, named: source)
    var found: [SeriesReading]
    switch FileKind(head) {
    case .table:
      if let wide = TransposedTable(head, options) {
        found = try wide.traces(try Input.read(path: path), selection, options, source: source)
      } else if HeadedTable.begins(head), let headed = HeadedTable(try Input.read(path: path)) {
        found = try table(.bytes(headed.bytes, source), selection, options, meaning: headed.meaning)
      } else {
        found = try table(input, selection, options)
      }
    case .text(let form):
      var text = TextSamples(form, file: source)
      try eachLine(path, source) { try text.take($0, $1) }
      found = try traces(of: text.series, form.title, selection, options, source: source)
    case .openMetrics:
      var text = OpenMetricsText(file: source)
      try eachLine(path, source) { try text.take($0, $1) }
      found = try traces(of: text.series, "OpenMetrics", selection, options, source: source)
    case .lines:
      var rows = ObjectRows(source: source, format: "JSON lines", selection: selection, options: options)
      try eachLine(path, source) { try rows.take($0, $1) }
      found = try rows.finish()
    case .json:
      let node = try JSON.parse(try Input.read(path: path), file: source)
      found = try document(node, selection, options, source: source)
    }
    guard !found.isEmpty else {
      let place = SourceLocation(file: source, line: 1, column: 1)
      guard !selection.only.isEmpty else {
        throw Diagnostics([
          .error("there are no rows", at: place, help: "give at least one row with a time and a value")
        ])
      }
      let all = try? read(input, at: path, selection.without { $0.only = [] }, options)
      throw Diagnostics([
        .error(
          "there is no series '\(selection.only.joined(separator: "', '"))'", at: place,
          help: all.map { "the series are " + names($0.map(\.name)) } ?? "name a series that is in the file")
      ])
    }
    if selection.isSum, found.count > 1 { found = [SeriesReading(try sum(found.whole(), source: source))] }
    return found
  }

  /// The one series of a file.
  ///
  /// - Throws: as ``read(path:_:options:)``, and the question which one is meant where there are several.
  public static func one(
    path: String, _ selection: SeriesSelection = SeriesSelection(), options: TraceOptions = TraceOptions()
  ) throws -> Trace {
    let found = try read(path: path, selection, options: options)
    guard found.count == 1, let only = found.first else {
      throw Diagnostics([
        .error(
          "the file holds \(found.count) series: \(names(found.map(\.name)))",
          at: SourceLocation(file: path == "-" ? "standard input" : path, line: 1, column: 1),
          help:
            "choose one with --only '\(found.first?.name ?? "NAME")', or add them up with --sum (in a plan: only:, or "
            + "sum: true)")
      ])
    }
    return only.trace
  }

  private static func names(_ names: [String]) -> String {
    names.prefix(8).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
  }

  private static func eachLine(
    _ path: String, _ source: String, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) throws {
    var reader = NDJSONReader(file: source)
    try Input.stream(path: path, named: source) { try reader.feed($0, body) }
    try reader.finish(body)
  }

  /// The series of a JSON document.
  static func document(
    _ node: Node, _ selection: SeriesSelection, _ options: TraceOptions, source: String
  ) throws -> [SeriesReading] {
    if let (format, series) = try MonitoringFormat.series(of: node) {
      return try traces(of: series, format, selection, options, source: source)
    }
    guard let table = try JSONTable.find(in: node), !table.rows.isEmpty else {
      throw Diagnostics([
        .error(
          "this JSON is no form of time series that is known", at: node.location,
          help:
            "known are answers of Prometheus, VictoriaMetrics, Grafana, CloudWatch, Datadog, New Relic, Dynatrace, netdata, Google "
            + "Cloud Monitoring, Azure Monitor, Elasticsearch, InfluxQL, Graphite and OpenTSDB, OpenTelemetry, tables of databases "
            + "(columns and rows), data frames, and arrays of objects with a time and a value")
      ])
    }
    var work = ObjectRows(source: source, format: table.format, selection: selection, options: options)
    for row in table.rows { try work.take(row.fields, row.line) }
    return try work.finish()
  }

  /// Traces of what a monitoring system answered.
  static func traces(
    of series: [MonitoringSeries], _ format: String, _ selection: SeriesSelection, _ options: TraceOptions,
    source: String
  ) throws(Diagnostics) -> [SeriesReading] {
    var result: [SeriesReading] = []
    for one in series where !one.times.isEmpty {
      let keys = one.labels.map(\.value)
      if !selection.only.isEmpty {
        let names = [one.name, one.metric] + keys + one.labels.map { "\($0.name)=\($0.value)" }
        guard names.contains(where: { selection.only.contains($0) }) else { continue }
      }
      let named = selection.series.map { wanted in one.labels.first { $0.name == wanted }?.value ?? "" }
      var columns = TraceColumns(times: one.times, values: one.values)
      columns.zones = ["UTC": one.times.count]
      columns.name = one.metric
      columns.meaning = one.meaning
      for (i, value) in one.values.enumerated() where value.isNaN { columns.nonNumeric.add(line: i + 1) }
      columns.reading.format = format
      columns.reading.value = one.name
      let name = named.isEmpty ? one.name : named.joined(separator: "/")
      do throws(Diagnostics) {
        let trace = try rows(columns, options: options, source: series.count == 1 ? source : "\(source), \(one.name)")
        result.append(SeriesReading(NamedTrace(name: name, trace: trace, keys: named.isEmpty ? keys : named)))
      } catch { result.append(SeriesReading(name, fault: error)) }
    }
    guard !selection.series.isEmpty else { return result }
    // Series of one group become their sum.
    var groups: [(name: String, members: [SeriesReading])] = []
    for one in result {
      if let place = groups.firstIndex(where: { $0.name == one.name }) {
        groups[place].members.append(one)
      } else {
        groups.append((one.name, [one]))
      }
    }
    return groups.map { group in
      guard group.members.count > 1 else { return group.members[0] }
      do throws(Diagnostics) {
        let members = try group.members.whole()
        return SeriesReading(try sum(members, source: source)).named(group.name, keys: members[0].keys)
      } catch { return SeriesReading(group.name, fault: error) }
    }
  }

  /// The sum of series of one step. Outside its own span a series counts as nothing; inside, a gap of one is a gap of the
  /// sum.
  ///
  /// - Throws: where the steps differ.
  static func sum(_ traces: [NamedTrace], source: String) throws(Diagnostics) -> NamedTrace {
    let first = traces[0].trace
    let step = first.series.step
    if let odd = traces.first(where: { $0.trace.series.step != step }) {
      throw Diagnostics([
        .error(
          "'\(traces[0].name)' has steps of \(NumberFormat.duration(step)), '\(odd.name)' of "
            + "\(NumberFormat.duration(odd.trace.series.step)): they have no sum",
          at: SourceLocation(file: source, line: 1, column: 1),
          help: "bring them to one step: --step or --every (in a plan: step:)")
      ])
    }
    let width = step.nanoseconds
    let start = traces.map { $0.trace.start.nanosecondsSinceEpoch }.min() ?? 0
    func place(_ time: Timestamp) -> Int { Int((time.nanosecondsSinceEpoch - start + width / 2) / width) }
    let count = traces.map { place($0.trace.start) + $0.trace.series.count }.max() ?? 0
    var raw = [Double](repeating: 0, count: count)
    var covered = [Bool](repeating: false, count: count)
    for one in traces {
      let from = place(one.trace.start)
      for (i, value) in one.trace.series.rawValues.enumerated() {
        raw[from + i] += value
        covered[from + i] = true
      }
    }
    for i in raw.indices where !covered[i] { raw[i] = .nan }
    let series = TimeSeries<RequestRate>(start: Timestamp(nanosecondsSinceEpoch: start), step: step, rawValues: raw)
    var report = first.report
    report.rows = traces.reduce(0) { $0 + $1.trace.report.rows }
    report.used = series.count - series.gapCount
    report.gaps = Gap.all(in: series)
    report.notes = []
    var seen: Set<String> = []
    for one in traces {
      for note in one.trace.report.notes where seen.insert(note.what).inserted { report.notes.append(note) }
    }
    report.notes.insert(
      TraceNote(.note, "\(traces.count) series were added up", because: "as asked for: \(names(traces.map(\.name)))"),
      at: 0)
    report.reading.value =
      traces.count <= 4 ? traces.map(\.name).joined(separator: " + ") : "the sum of \(traces.count) series"
    report.reading.rows = report.rows
    report.reading.gaps = report.gaps.count
    return NamedTrace(
      name: "sum", trace: Trace(series: series, source: source, zone: first.zone, report: report), keys: [])
  }
}

extension SeriesSelection {
  fileprivate func without(_ change: (inout SeriesSelection) -> Void) -> SeriesSelection {
    var copy = self
    change(&copy)
    return copy
  }
}

/// What a file holds, by its first bytes.
enum FileKind: Hashable {
  case table, json, lines, openMetrics
  case text(TextSamples.Form)

  init(_ head: [UInt8]) {
    var bytes = head[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    let first = bytes.prefix { $0 != 0x0A }
    let behind = bytes.dropFirst(first.count).drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    switch bytes.first {
    case UInt8(ascii: "["): self = .json
    case UInt8(ascii: "{"):
      // promtool tsdb dump begins its lines with labels, and what promtool queries may.
      if let form = TextSamples.Form(Array(first)) {
        self = .text(form)
      } else if bytes.starts(with: "{__name__=".utf8) {
        self = .openMetrics
      } else if behind.first == UInt8(ascii: "{") {
        self = .lines
      } else if first.count == bytes.count || behind.isEmpty {
        // One line, or one that is longer than the head: a series of VictoriaMetrics begins with its labels.
        self = ["{\"metric\"", "{\"resourceMetrics\""].contains { first.starts(with: $0.utf8) } ? .lines : .json
      } else {
        // An object over several lines, or lines of which one is none.
        self = Array(first).withUnsafeBytes { (try? JSON.parse($0, file: nil)) != nil } ? .lines : .json
      }
    default:
      let words = ["# TYPE ", "# HELP ", "# UNIT ", "# EOF"]
      if words.contains(where: { bytes.starts(with: $0.utf8) }) || FileKind.isSample(first) {
        self = .openMetrics
      } else if let form = TextSamples.Form(Array(bytes)) {
        self = .text(form)
      } else {
        self = .table
      }
    }
  }

  /// Whether a line is a sample without a type before it: `name{label="value"} 5 1772409600`.
  private static func isSample(_ line: ArraySlice<UInt8>) -> Bool {
    guard let open = line.firstIndex(of: UInt8(ascii: "{")), open > line.startIndex,
      let close = line.lastIndex(of: UInt8(ascii: "}")), close > open,
      line[..<open].allSatisfy({ $0 | 0x20 >= 97 && $0 | 0x20 <= 122 || $0 >= 48 && $0 <= 58 || $0 == 95 })
    else { return false }
    let words = line[(close + 1)...].split { $0 == 0x20 || $0 == 0x0D }
    return words.count == 2 && words.allSatisfy { Double(String(decoding: $0, as: UTF8.self)) != nil }
  }
}
